-- When the order of a group was made, beside the group: so the orders that have
-- a group are listed in their order without going through those that have none.
alter table chat add column order_created_at timestamptz;

-- Kept here and not in the code, since the release before binds groups, too.
-- Whoever binds has locked the order, and whoever pushes it does the same first:
-- neither misses the other's time.
create function tell_order_time() returns trigger language plpgsql as $$
begin
  new.order_created_at := (
    select created_at from customer_order where order_id = new.order_id);
  return new;
end $$;
create trigger chat_order_told before insert on chat
  for each row when (new.order_id is not null)
  execute function tell_order_time();
create trigger chat_order_changed before update of order_id on chat
  for each row when (new.order_id is distinct from old.order_id)
  execute function tell_order_time();

-- A push may tell an earlier time.
create function tell_chat_of_order_time() returns trigger language plpgsql as $$
begin
  update chat set order_created_at = new.created_at
  where order_id = new.order_id;
  return null;
end $$;
create trigger customer_order_time_told after update of created_at
  on customer_order
  for each row when (new.created_at is distinct from old.created_at)
  execute function tell_chat_of_order_time();

update chat set order_created_at = o.created_at
from customer_order o
where o.order_id = chat.order_id and chat.order_created_at is null;
