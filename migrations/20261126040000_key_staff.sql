-- Userids ignore case: the normal form of each, and how WeCom spells it.

-- Not unique: the release before stores each spelling as a row of its own. The
-- row that was pushed last counts.
alter table staff add column user_key text not null
  generated always as (lower(wx_user_id collate "C")) stored;
create index staff_user_key on staff (user_key, updated_at desc);

create table user_spelling (
  user_key text primary key,
  wx_user_id text not null
);
