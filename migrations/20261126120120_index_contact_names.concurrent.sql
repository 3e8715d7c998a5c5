-- Contacts with the name of a customer whose number nobody wrote down.
create index concurrently if not exists contact_name_terms
  on contact using gin (search_terms(name)) with (fastupdate = off);
