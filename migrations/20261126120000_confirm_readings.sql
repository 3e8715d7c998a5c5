-- A night over what did not change writes next to nothing: that a reading showed
-- the same as the mirror stands apart from the wide rows and their indexes.

-- The last reading of the night that showed the group as it is in the mirror; a
-- later reading in `chat` itself counts. Updated in place.
create table chat_confirmed (
  chat_id text primary key,
  reading bigint not null,
  confirmed_at timestamptz not null
) with (fillfactor = 60);

-- A listing that ended with this number showed all contacts of the person as
-- they are in the mirror; 0: none did.
alter table contact_sync add column confirmed bigint not null default 0;

-- What a page of groupchat/list named, as hashes of the groups' ids.
create table reconcile_page (
  run_id bigint not null references reconcile_run on delete cascade,
  chats bigint[] not null
);

-- From now on only groups that a run has to look at: listed ones that the mirror
-- lacks or has otherwise, and (`unlisted`) those that no listing named.
alter table reconcile_seen add column unlisted boolean not null default false;

-- How far the run is: {step, done, of}.
alter table reconcile_run add column progress jsonb;
