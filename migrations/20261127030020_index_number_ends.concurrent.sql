-- Orders by the last four digits.
create index concurrently if not exists customer_order_number_ends
  on customer_order using gin (phone_ends) with (fastupdate = off);
