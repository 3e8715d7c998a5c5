-- When the next task may be claimed: due, and in nobody's hands any more.
create index concurrently if not exists inbox_task_next
  on inbox_task (greatest(due_at, leased_until)) where died_at is null;
