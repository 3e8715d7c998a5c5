-- What the release before wrote is moved to the normal form; empty afterwards.
create index concurrently if not exists contact_follow_odd_spelling
  on contact_follow (lower(wx_user_id collate "C"))
  where wx_user_id <> lower(wx_user_id collate "C");
