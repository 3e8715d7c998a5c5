-- A person's contacts, the newest first.
create index concurrently if not exists contact_follow_newest
  on contact_follow (wx_user_id, added_at desc, external_user_id)
  where deleted_at is null;
