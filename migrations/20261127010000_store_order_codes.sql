-- The 联系我 codes of orders (doc 92228), one row for each that WeCom was asked
-- for. The row is there before WeCom is asked: an answer that gets lost leaves a
-- code that can be found by its state, and deleted.
create table order_code (
  -- Comes back with whoever scans it; tells nothing of the order.
  state text primary key,
  -- null: the order is gone, and the code has to go, too.
  order_id text references customer_order on delete set null,
  -- Whom it adds: the normal form of a userid.
  user_key text not null,
  begun_at timestamptz not null,
  -- What WeCom answered; null while it is asked, or when the answer was lost.
  config_id text unique,
  qr_code text,
  -- The order's name has changed since: who scanned before is asked about.
  questioned_at timestamptz,
  ended_at timestamptz,
  -- The order has its group, has other numbers, other staff, is gone; nobody
  -- used the code for long; WeCom's answer was lost.
  ended_by text check (
    ended_by in ('group', 'numbers', 'staff', 'order', 'age', 'lost')),
  -- WeCom has it no more.
  deleted_at timestamptz,
  -- Deleting it is tried again then.
  due_at timestamptz,
  tries int not null default 0
);
create unique index order_code_one on order_code (order_id, user_key)
  where ended_at is null;
create index order_code_order on order_code (order_id);
create index order_code_due on order_code (due_at)
  where ended_at is not null and deleted_at is null;

-- Who scanned one. A proposal: a person decides.
create table order_code_scan (
  state text not null references order_code on delete cascade,
  external_user_id text not null,
  scanned_at timestamptz not null,
  -- Added by 免验证 and not confirmed yet: WeCom shows no such contact (84061).
  half boolean not null,
  primary key (state, external_user_id)
);
