-- What the ERP tells of an order's life and of its people, each once.
alter table customer_order
  add column stage text,
  -- When the order came to it, as the ERP tells: an older word changes nothing.
  add column stage_at timestamptz;

create table erp_event (
  event_id text primary key,
  type text not null,
  order_id text,
  wx_user_id text,
  stage text,
  at timestamptz not null,
  received_at timestamptz not null
);
create index erp_event_order on erp_event (order_id, at)
  where order_id is not null;
