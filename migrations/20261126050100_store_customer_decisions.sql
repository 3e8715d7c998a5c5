-- Who was decided to be the customer of an order: chosen by hand, came by the
-- order's code, or is whom its group was made for. A decision that has ended
-- stays, so that it can be told.
create table customer_decision (
  decision_id bigint generated always as identity primary key,
  order_id text not null references customer_order on delete cascade,
  external_user_id text not null,
  source text not null check (source in ('hand', 'code', 'group')),
  -- The normal form of a userid.
  decided_by text not null,
  decided_at timestamptz not null,
  -- The order's name has changed since, its numbers have not: asked again.
  questioned_at timestamptz,
  ended_at timestamptz,
  -- Chosen again, or the order has other numbers.
  ended_by text check (ended_by in ('choice', 'numbers'))
);
create unique index customer_decision_one on customer_decision
  (order_id, source, decided_by) where ended_at is null;

insert into customer_decision
  (order_id, external_user_id, source, decided_by, decided_at)
select distinct on (order_id, lower(wx_user_id collate "C"))
  order_id, external_user_id, 'hand', lower(wx_user_id collate "C"), linked_at
from order_customer
order by order_id, lower(wx_user_id collate "C"), linked_at desc;

insert into customer_decision
  (order_id, external_user_id, source, decided_by, decided_at)
select distinct on (order_id, lower(created_by collate "C"))
  order_id, customer_external_user_id, 'group', lower(created_by collate "C"),
  updated_at
from group_intent where state = 'active'
order by order_id, lower(created_by collate "C"), updated_at desc;

-- The release before chooses in order_customer alone. What this release writes
-- there, after the decision itself, is known already.
create function take_over_choice() returns trigger language plpgsql as $$
begin
  if not exists (
    select 1 from customer_decision
    where order_id = new.order_id and source = 'hand' and ended_at is null
      and decided_by = lower(new.wx_user_id collate "C")
      and external_user_id = new.external_user_id
      and decided_at >= new.linked_at
  ) then
    update customer_decision
    set ended_at = new.linked_at, ended_by = 'choice'
    where order_id = new.order_id and source = 'hand' and ended_at is null
      and decided_by = lower(new.wx_user_id collate "C");
    insert into customer_decision
      (order_id, external_user_id, source, decided_by, decided_at)
    values (new.order_id, new.external_user_id, 'hand',
      lower(new.wx_user_id collate "C"), new.linked_at);
  end if;
  return new;
end $$;
create trigger order_customer_chosen after insert or update on order_customer
  for each row execute function take_over_choice();
