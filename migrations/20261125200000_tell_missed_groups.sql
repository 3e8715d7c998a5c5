-- When WeCom was last asked for the group of an intent, answered, and did not have
-- it. Only then is "there is none" told from "nobody could ask".

alter table group_intent add column missed_at timestamptz;
