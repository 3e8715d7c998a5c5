-- Lists of one's own orders, whatever the case of the id (90196). The index that
-- the release before uses goes with its release.
create index concurrently if not exists customer_order_designer_key
  on customer_order
  (lower(designer_wx_user_id collate "C"), created_at desc, order_id desc);
