-- A group that was known before a creation was prepared is not what came of it.

-- Taken from the sequence of readings when the intent was opened.
alter table group_intent add column opened_reading bigint not null default 0;
-- Number of the reading that showed the group for the first time.
alter table chat add column first_reading bigint not null default 0;
