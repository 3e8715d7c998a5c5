-- Whose creation a new group may be, of a person who has had thousands.
create index concurrently if not exists group_intent_ends
  on group_intent (expires_at);
