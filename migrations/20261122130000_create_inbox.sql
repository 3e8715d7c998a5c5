-- The inbox of WeCom's callbacks. An event is stored once, under a digest of what
-- it says; a task stands for all unsettled events of one chat or one contact,
-- because one reading settles them together, and it is what workers claim.

create table inbox_event (
  event_id bigint generated always as identity primary key,
  dedupe_key text not null unique,
  -- chat/<chatId> or contact/<externalUserId>
  subject text not null,
  -- The fields as WeCom names them, without WelcomeCode.
  fields jsonb not null,
  received_at timestamptz not null,
  -- A reading that begins earlier may not show this event yet.
  ready_at timestamptz not null,
  settled_at timestamptz
);
create index inbox_event_unsettled on inbox_event (subject, ready_at)
  where settled_at is null;
create index inbox_event_settled on inbox_event (settled_at)
  where settled_at is not null;

-- Gone once its events are settled; a dead one waits for a person, or for the
-- next event of the same subject.
create table inbox_task (
  subject text primary key,
  task_id bigint generated always as identity unique,
  due_at timestamptz not null,
  attempts integer not null default 0,
  lease text,
  leased_until timestamptz,
  last_error text,
  died_at timestamptz
);
create index inbox_task_due on inbox_task (due_at) where died_at is null;
create index inbox_task_dead on inbox_task (died_at desc, task_id desc)
  where died_at is not null;

-- How a stay ended, where an event told: by the member or by somebody else.
alter table chat_member add column quit_scene text
  check (quit_scene in ('left', 'removed'));
