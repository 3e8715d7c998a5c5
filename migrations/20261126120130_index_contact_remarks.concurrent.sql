create index concurrently if not exists contact_follow_remark_terms
  on contact_follow using gin (search_terms(remark)) with (fastupdate = off);
