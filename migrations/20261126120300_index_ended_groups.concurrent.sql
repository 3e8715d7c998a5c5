-- Groups that were dissolved lately: the night looks at their orders again.
create index concurrently if not exists chat_ended
  on chat (dismissed_at) where dismissed_at is not null;
