-- Whose database this is, said once at its first start: a process of another
-- company, or of the sandbox, does not start on it.
create table database_owner (
  -- One row at most.
  only_one boolean primary key default true check (only_one),
  mode text not null check (mode in ('sandbox', 'wecom')),
  corp_id text not null,
  marked_at timestamptz not null default now()
);

-- A value sealed with each DATA_KEY that something here may be sealed with: a
-- process that cannot open all of them has not the keys of this database.
create table data_key_canary (
  key_id text primary key,
  sealed text not null,
  placed_at timestamptz not null default now()
);
