-- The rules that found the numbers of an order, and those under which all of a
-- person's contacts were read (lib/contacts/phone_rules.ts). 0: before there
-- were any to tell; such rows are hashed again.
alter table customer_order add column phone_rules smallint not null default 0;
alter table contact_sync add column phone_rules smallint not null default 0;
