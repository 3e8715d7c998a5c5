-- What each opening of a page and each event of a group asks for.

-- chat_one_per_order serves living groups only.
create index chat_order on chat (order_id) where order_id is not null;
create index group_intent_chat on group_intent (chat_id)
  where state = 'active';
-- Whose creation a group of this owner may be.
create index group_intent_people on group_intent
  using gin (user_ids) with (fastupdate = off);
