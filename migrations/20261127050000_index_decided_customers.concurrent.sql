-- The orders of a customer, for the sidebar of a chat: whom they were decided for.
create index concurrently if not exists customer_decision_customer
  on customer_decision (external_user_id) where ended_at is null;
