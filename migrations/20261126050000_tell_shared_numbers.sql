-- Privacy numbers and a company's 400 belong to many customers in turn: who has
-- one is asked, never taken for the customer.
alter table customer_order add column shared_hashes text[] not null default '{}';
alter table contact_phone add column shared boolean not null default false;
