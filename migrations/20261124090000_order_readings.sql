-- Which of two readings from WeCom is the later one is told by a number that is
-- taken here before the question is sent: the clocks of instances differ.

create sequence reading;

-- The reading that the row shows.
alter table chat add column reading bigint not null default 0;
alter table contact add column reading bigint not null default 0;
alter table contact_follow add column reading bigint not null default 0;

-- The first reading of the run: whoever was seen by a later one is there.
alter table contact_sync add column first_reading bigint not null default 0;

-- A change was announced when this number was taken: earlier readings lack it.
alter table chat add column announced bigint;
update chat set announced = nextval('reading') where check_after is not null;
alter table chat drop column check_after;
create index chat_announced on chat (announced)
  where announced is not null and dismissed_at is null;
