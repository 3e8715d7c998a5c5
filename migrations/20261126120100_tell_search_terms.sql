-- What a text is found by: each character, each two that stand together, and of
-- ASCII letters, digits and signs each four, in lower case as far as they are
-- ASCII. So any part of a text is looked up by an index, two Chinese characters
-- too, and what the release before writes is found as well: the indexes that
-- follow are on the function, not on a column that somebody has to fill. A line
-- break parts the texts that are looked up together.
create function search_terms(line text) returns text[]
  language plpgsql immutable parallel safe as $$
declare
  chars text[] := string_to_array(lower(line collate "C"), null);
  terms text[] := '{}';
  -- How many characters up to here stand together, and how many are ASCII.
  together integer := 0;
  ascii_run integer := 0;
begin
  for i in 1 .. coalesce(cardinality(chars), 0) loop
    if chars[i] = E'\n' then
      together := 0;
      ascii_run := 0;
      continue;
    end if;
    together := together + 1;
    ascii_run := case when ascii(chars[i]) between 33 and 126
      then ascii_run + 1 else 0 end;
    terms := terms || chars[i];
    if together >= 2 then
      terms := terms || (chars[i - 1] || chars[i]);
    end if;
    if ascii_run >= 4 then
      terms := terms
        || (chars[i - 3] || chars[i - 2] || chars[i - 1] || chars[i]);
    end if;
  end loop;
  return terms;
end $$;
