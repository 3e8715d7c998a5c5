-- Whose data was erased on request, and stays so: what the ERP pushes and what WeCom
-- lists of them later is not written down again. The record of groups stands.
create table erased_order (
  order_id text primary key,
  erased_at timestamptz not null,
  erased_by text not null
);
create table erased_contact (
  external_user_id text primary key,
  erased_at timestamptz not null,
  erased_by text not null
);
