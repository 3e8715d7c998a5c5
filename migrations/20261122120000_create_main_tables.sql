-- Staff and orders as the ERP tells them, the mirror of contacts, the mirror of
-- customer groups with the order each belongs to, and what was done by whom.
-- Telephone numbers are sealed (AES-GCM); *_hashes are the keyed blind index.

create table staff (
  wx_user_id text primary key,
  name text not null,
  role text not null
    check (role in ('designer', 'project_manager', 'operator', 'admin')),
  store_name text,
  departed_at timestamptz,
  updated_at timestamptz not null
);

create table customer_order (
  order_id text primary key,
  order_no text not null,
  customer_name text not null,
  phone_sealed text not null,
  phone_hashes text[] not null,
  designer_wx_user_id text not null,
  project_manager_wx_user_id text,
  store_name text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index customer_order_newest on customer_order (created_at desc, order_id desc);
create index customer_order_designer
  on customer_order (designer_wx_user_id, created_at desc, order_id desc);
create index customer_order_project_manager
  on customer_order (project_manager_wx_user_id, created_at desc, order_id desc);

-- A customer as WeCom knows it, once for all staff.
create table contact (
  external_user_id text primary key,
  name text not null,
  avatar text,
  type text not null check (type in ('wechat', 'wecom')),
  updated_at timestamptz not null
);

-- Who follows whom, and what this member of staff wrote down.
create table contact_follow (
  wx_user_id text not null,
  external_user_id text not null,
  remark text not null,
  state text,
  added_at timestamptz not null,
  seen_in_run integer not null,
  deleted_at timestamptz,
  updated_at timestamptz not null,
  primary key (wx_user_id, external_user_id)
);
create index contact_follow_customer on contact_follow (external_user_id);

create table contact_phone (
  wx_user_id text not null,
  external_user_id text not null,
  phone_hash text not null,
  phone_sealed text not null,
  primary key (wx_user_id, external_user_id, phone_hash),
  foreign key (wx_user_id, external_user_id)
    references contact_follow on delete cascade
);
create index contact_phone_lookup on contact_phone (phone_hash, external_user_id);

-- One line of work per member of staff: pages are saved with their cursor, so
-- a cut run goes on; rows that a complete run did not see are gone. The claim
-- says who works on it, and is renewed with every page.
create table contact_sync (
  wx_user_id text primary key,
  run integer not null,
  running boolean not null,
  next_cursor text not null,
  seen integer not null,
  started_at timestamptz not null,
  claim text,
  claimed_until timestamptz,
  completed_at timestamptz,
  total integer
);

-- A customer that a person chose for an order by hand.
create table order_customer (
  order_id text not null references customer_order on delete cascade,
  wx_user_id text not null,
  external_user_id text not null,
  linked_at timestamptz not null,
  primary key (order_id, wx_user_id)
);

-- Every customer group we have looked at; order_id where it is an order's.
create table chat (
  chat_id text primary key,
  order_id text references customer_order,
  name text not null,
  owner text not null,
  owner_status text not null default 'normal' check (
    owner_status in ('normal', 'owner_left', 'transferring', 'transferred')
  ),
  created_at timestamptz not null,
  member_version text,
  bound_at timestamptz,
  synced_at timestamptz not null,
  dismissed_at timestamptz
);
create unique index chat_one_per_order on chat (order_id)
  where order_id is not null and dismissed_at is null;
create index chat_owner on chat (owner) where dismissed_at is null;

-- Joining and leaving are kept: a member who comes back has a second row.
create table chat_member (
  chat_id text not null references chat on delete cascade,
  member_id text not null,
  type text not null check (type in ('member', 'external')),
  name text not null,
  joined_at timestamptz not null,
  join_scene text not null,
  invitor text,
  state text,
  left_at timestamptz,
  primary key (chat_id, member_id, joined_at)
);
create unique index chat_member_present on chat_member (chat_id, member_id)
  where left_at is null;
create index chat_member_whose on chat_member (member_id) where left_at is null;

-- The intent to create a group: at most one live per order.
create table group_intent (
  intent_id text primary key,
  order_id text not null references customer_order,
  created_by text not null,
  customer_external_user_id text not null,
  user_ids text[] not null,
  external_user_ids text[] not null,
  group_name text not null,
  state text not null check (
    state in ('pending', 'searching', 'active', 'cancelled', 'expired')
  ),
  chat_id text,
  reported_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index group_intent_one_live on group_intent (order_id)
  where state in ('pending', 'searching');
create index group_intent_order on group_intent (order_id, created_at desc);

create table audit_log (
  audit_id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject text,
  outcome text not null,
  request_id text,
  detail jsonb not null default '{}'
);
create index audit_log_newest on audit_log (at desc);
create index audit_log_subject on audit_log (subject, at desc);

-- Values that can be fetched again, when CACHE_STORE=postgres.
create table cache_entry (
  key text primary key,
  value text not null,
  expires_at timestamptz not null
);
create index cache_entry_expiry on cache_entry (expires_at);
