-- Whom of an order's staff somebody reminded of its customer: one card within ten
-- minutes, whoever taps. The turn is taken before WeCom is called.
create table order_reminder (
  order_id text not null references customer_order on delete cascade,
  -- The colleague, in the normal form of userids.
  user_key text not null,
  -- null: given back, since WeCom refused the card.
  taken_at timestamptz,
  taken_by text not null,
  -- Cards that went out, and when the last one did.
  sent int not null default 0,
  sent_at timestamptz,
  primary key (order_id, user_key)
);
