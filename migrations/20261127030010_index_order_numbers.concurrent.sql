-- Orders by a customer's whole number. Without a list of pending rows, which each
-- search would read from end to end.
create index concurrently if not exists customer_order_numbers
  on customer_order using gin (phone_hashes) with (fastupdate = off);
