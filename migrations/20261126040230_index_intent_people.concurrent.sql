-- Whose creation a group of this owner may be.
create index concurrently if not exists group_intent_people_keys
  on group_intent using gin (user_keys(user_ids)) with (fastupdate = off);
