-- What was tried with one order.
create index concurrently if not exists audit_log_order
  on audit_log (order_id, at desc) where order_id is not null;
