-- The company's settings: texts and switches that an admin changes while the app
-- runs. A name without a row has its default (lib/settings).
create table company_setting (
  name text primary key,
  value jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);
