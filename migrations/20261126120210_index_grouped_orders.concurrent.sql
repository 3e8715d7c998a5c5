-- Orders that have a group, the newest first.
create index concurrently if not exists chat_grouped_orders
  on chat (order_created_at desc, order_id desc)
  where order_id is not null and dismissed_at is null;
