-- The people of an intent in their normal form: userids ignore case.

create function user_keys(user_ids text[]) returns text[]
  language sql immutable strict parallel safe
  return array(select lower(id collate "C") from unnest(user_ids) as id);
