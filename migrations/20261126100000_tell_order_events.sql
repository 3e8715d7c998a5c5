-- What happened to an order: one row for each fact, written in the transaction of
-- the change itself. Timeline, statistics, webhooks and automation read it. Who
-- tried what, and was refused, is the audit log's.
create table order_event (
  event_id bigint generated always as identity primary key,
  order_id text not null references customer_order,
  at timestamptz not null,
  kind text not null check (kind in (
    'prepared', 'asked', 'reported', 'retracted', 'ended', 'question_asked',
    'bound', 'unbound', 'dismissed', 'owner_changed', 'renamed', 'joined',
    'left', 'customer_joined', 'customer_chosen', 'handed_over')),
  -- A member of staff, or `erp`, `wecom`, `system`.
  actor text not null,
  chat_id text,
  intent_id text,
  -- What found it or did it: record, callback, page, reconcile, link and so on.
  via text,
  request_id text,
  -- Ids and codes, never a number or a name of a customer.
  detail jsonb not null default '{}'
);
create index order_event_order on order_event (order_id, at, event_id);
create index order_event_at on order_event (at);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger order_event_append_only before update or delete on order_event
  for each row execute function refuse_change();

-- An intent says when each step of it was, and why it ended.
alter table group_intent
  -- The page that asked, by an id of its own; null for pages of the release before.
  add column attempt text,
  -- The client was asked to create the group.
  add column launched_at timestamptz,
  add column bound_at timestamptz,
  add column ended_at timestamptz,
  add column end_reason text,
  -- A person is to choose: once asked, it is not answered by itself any more.
  add column asked_at timestamptz;

update group_intent set
  launched_at = case when reported_at is not null or state = 'active'
    then created_at end,
  bound_at = case when state = 'active' then updated_at end,
  ended_at = case when state in ('cancelled', 'expired') then updated_at end,
  end_reason = case
    when state = 'expired' then coalesce((
      select detail ->> 'reason' from audit_log told
      where told.subject = group_intent.order_id
        and told.action = 'group.intent_expired'
        and told.detail ->> 'intentId' = group_intent.intent_id
      order by told.at desc limit 1), 'not_asked')
    when state <> 'cancelled' then null
    when exists (
      select 1 from chat where chat.order_id = group_intent.order_id
        and chat.bound_at = group_intent.updated_at) then 'other_group'
    else 'cancelled' end;

-- The release before writes none of these: told here for as long as it runs.
create function tell_intent_times() returns trigger language plpgsql as $$
begin
  if new.state = 'active' then
    new.bound_at := coalesce(new.bound_at, new.updated_at);
    new.launched_at := coalesce(new.launched_at, new.created_at);
  elsif new.state in ('cancelled', 'expired') then
    new.ended_at := coalesce(new.ended_at, new.updated_at);
    new.end_reason := coalesce(new.end_reason,
      case new.state when 'cancelled' then 'cancelled' else 'not_asked' end);
  else
    new.bound_at := null;
    new.ended_at := null;
    new.end_reason := null;
    if new.reported_at is not null then
      new.launched_at := coalesce(new.launched_at, new.created_at);
    end if;
  end if;
  return new;
end $$;
create trigger group_intent_times before insert or update on group_intent
  for each row execute function tell_intent_times();

-- The groups that a person was asked to choose from.
create table group_candidate (
  intent_id text not null references group_intent on delete cascade,
  chat_id text not null references chat on delete cascade,
  asked_at timestamptz not null,
  primary key (intent_id, chat_id)
);
create index group_candidate_chat on group_candidate (chat_id);

-- What it was called when it was first seen: a later name proves nothing. null:
-- as it is called now, for what the release before wrote.
alter table chat add column first_name text;

-- The order that it was about, where it was about one.
alter table audit_log add column order_id text;
