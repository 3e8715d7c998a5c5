-- The audit log is only added to, each row is a link of a chain made afterwards, and
-- a cut by retention leaves the place and the hash where the rest goes on. The app
-- owns the table, so rights alone do not keep it from changing a row.
alter table audit_log
  add column client_request_id text,
  add column address text,
  add column before jsonb,
  add column after jsonb;

-- By place in the chain, which is not the order of audit_id: rows are committed later
-- than they are numbered.
create table audit_chain (
  seq bigint primary key,
  audit_id bigint not null unique,
  hash bytea not null
);

-- Where the chain ends. Rows up to "settled" are all in it; "settling" will be in an
-- hour, when no transaction that began before is left.
create table audit_head (
  one boolean primary key default true check (one),
  seq bigint not null default 0,
  hash bytea not null default sha256('audit'),
  settled bigint not null default 0,
  settling bigint not null default 0,
  settling_since timestamptz not null default now()
);
insert into audit_head default values;

create table audit_checkpoint (
  seq bigint primary key,
  hash bytea not null,
  cut_at timestamptz not null,
  cut_by text not null,
  rows bigint not null
);

-- Only what a checkpoint stands for may be deleted.
create function refuse_audit_change() returns trigger language plpgsql as $$
declare
  upto bigint := (select max(seq) from audit_checkpoint);
  place bigint;
begin
  if tg_op = 'DELETE' and upto is not null then
    if tg_table_name = 'audit_chain' then
      place := old.seq;
    else
      place := (select seq from audit_chain where audit_id = old.audit_id);
    end if;
    if place <= upto then
      return old;
    end if;
  end if;
  raise exception '% is append-only', tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function refuse_audit_change();
create trigger audit_chain_append_only before update or delete on audit_chain
  for each row execute function refuse_audit_change();
create trigger audit_checkpoint_append_only
  before update or delete on audit_checkpoint
  for each row execute function refuse_change();

-- A sandbox begins anew; no company's log does.
create function refuse_audit_truncate() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from database_owner where mode = 'sandbox') then
    raise exception '% is append-only', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger audit_log_kept before truncate on audit_log
  for each statement execute function refuse_audit_truncate();
create trigger audit_chain_kept before truncate on audit_chain
  for each statement execute function refuse_audit_truncate();
create trigger audit_checkpoint_kept before truncate on audit_checkpoint
  for each statement execute function refuse_audit_truncate();
