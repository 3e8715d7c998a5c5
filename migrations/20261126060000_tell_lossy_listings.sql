-- A listing with rows that could not be used is not complete: whom it does not
-- name may be there. Kept with the listing, which another process may go on with.
alter table contact_sync add column lossy boolean not null default false;
alter table reconcile_slice add column lossy boolean not null default false;
