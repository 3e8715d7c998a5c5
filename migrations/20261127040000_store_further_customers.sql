-- The further customers of an order (a couple): their names and numbers, sealed
-- as one text, empty when there are none. Their hashes stand in phone_hashes and
-- its like, behind those of the first customer, so that matching and searching
-- know one list; and here once more, by which it is seen that the release before
-- has written that list without them.
alter table customer_order
  add column further_sealed text not null default '',
  add column further_hashes text[] not null default '{}';
