-- The reconciler: its runs, what one run has listed so far, and what tells it
-- which groups to read and which creations to look after.

-- One row for each run; one at a time over all instances. The claim says who
-- works on it; a run that was cut is taken up again by whoever comes next.
create table reconcile_run (
  run_id bigint generated always as identity primary key,
  kind text not null check (kind in ('nightly', 'task', 'demand')),
  state text not null check (state in ('running', 'done', 'cut', 'failed')),
  started_at timestamptz not null,
  ended_at timestamptz,
  claim text,
  claimed_until timestamptz,
  counts jsonb not null default '{}',
  calls jsonb not null default '{}',
  errors jsonb not null default '{}'
);
create unique index reconcile_run_one_open
  on reconcile_run ((ended_at is null)) where ended_at is null;
create index reconcile_run_newest on reconcile_run (started_at desc);

-- Owners are listed in slices of at most 100; a cursor belongs to its slice.
create table reconcile_slice (
  run_id bigint not null references reconcile_run on delete cascade,
  slice text not null,
  owners text[] not null,
  state text not null check (state in ('open', 'complete', 'refused')),
  next_cursor text not null,
  primary key (run_id, slice)
);

-- What the run has seen; emptied when it ends.
create table reconcile_seen (
  run_id bigint not null references reconcile_run on delete cascade,
  chat_id text not null,
  owner_status text not null,
  primary key (run_id, chat_id)
);

-- A change was announced: what is read from this time on has it.
alter table chat add column if not exists check_after timestamptz;
create index chat_check_after on chat (check_after)
  where check_after is not null and dismissed_at is null;

-- When somebody last looked for the group of this intent in the background.
alter table group_intent add column looked_at timestamptz;
create index group_intent_live on group_intent (expires_at)
  where state in ('pending', 'searching');
