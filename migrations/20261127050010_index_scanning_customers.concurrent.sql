-- The same by whose code somebody scanned.
create index concurrently if not exists order_code_scan_customer
  on order_code_scan (external_user_id);
