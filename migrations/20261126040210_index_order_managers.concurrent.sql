create index concurrently if not exists customer_order_project_manager_key
  on customer_order
  (lower(project_manager_wx_user_id collate "C"), created_at desc, order_id desc);
