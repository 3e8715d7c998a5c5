-- The search among orders. Without a list of pending rows, which each search
-- would read from end to end.
create index concurrently if not exists customer_order_terms
  on customer_order using gin (search_terms(
    order_no || E'\n' || customer_name || E'\n' || coalesce(store_name, '')))
  with (fastupdate = off);
