create index concurrently if not exists chat_owner_key
  on chat (lower(owner collate "C")) where dismissed_at is null;
