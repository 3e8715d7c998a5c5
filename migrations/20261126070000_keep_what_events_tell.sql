-- What only pushes tell, and no answer of WeCom's.

-- Who left the app's visible scope or the company, by WeCom (90240). Not the
-- ERP's word: that is staff.departed_at.
create table member_scope (
  -- The userid in its normal form.
  user_key text primary key,
  wx_user_id text not null,
  -- null: is in it.
  left_at timestamptz,
  reading bigint not null
);

-- For 20 s a customer may be welcomed with it, once: sealed, and gone after that.
create table welcome_code (
  dedupe_key text primary key,
  wx_user_id text not null,
  external_user_id text not null,
  code_sealed text not null,
  expires_at timestamptz not null
);
create index welcome_code_relation on welcome_code (external_user_id);
create index welcome_code_expiry on welcome_code (expires_at);

-- The last that WeCom told of the app's own life (90240): at most one row.
create table app_life (
  only_row boolean primary key default true check (only_row),
  event text not null,
  effect_at timestamptz,
  told_at timestamptz not null
);

-- Why a relation ended, where an event told: `transfer`, a colleague took over.
alter table contact_follow add column ended_by text;

-- Some of its members are known from events alone, without the name and the way
-- they came: a reading at the next occasion.
alter table chat add column members_told boolean not null default false;
