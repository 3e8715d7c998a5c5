-- The numbers that we wrote into the remarks of contacts, so that a wrong choice
-- can be undone, and nobody can read the numbers of many orders in one remark.
create table written_number (
  written_id bigint generated always as identity primary key,
  order_id text not null references customer_order on delete cascade,
  -- Who chose, and in whose remark it stands: the normal form of a userid.
  wx_user_id text not null,
  external_user_id text not null,
  phone_sealed text not null,
  written_at timestamptz not null,
  -- By us; or it was found to be gone.
  taken_out_at timestamptz
);
create index written_number_order on written_number (order_id, wx_user_id)
  where taken_out_at is null;
create index written_number_contact on written_number (external_user_id)
  where taken_out_at is null;
create index written_number_day on written_number (wx_user_id, written_at);
