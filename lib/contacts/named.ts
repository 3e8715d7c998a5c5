/**
 * Contacts of a person that carry the customer's name and no number: suggestions
 * for when nobody matches. A name that few in the company have is found by an
 * index over all contacts; one that many have, by looking through the person's
 * own, newest first, where it turns up soon. So a person with 20,000 contacts
 * waits no longer than one with a hundred.
 */
import type { Fragment, Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import { searchTerms } from "../store/search_terms.ts";
import type { UserKey } from "../staff/user_id.ts";

const SUGGESTIONS = 5;
/** Of the company's contacts that are taken from the index to be looked at. */
const FEW = 1_000;

export interface Named {
  /** Part of the contact's name or remark. */
  name: string;
  /** Whose contacts. */
  key: UserKey;
  /** Asked once; when it is false, nothing is read. */
  gate: Fragment;
  few?: number;
}

/**
 * Queries `few_named` and the like for a `with`, of which the last is
 * `suggested`. `columns` are of `contact c` and `contact_follow f`.
 */
export function suggestedAmong(
  sql: Sql,
  columns: Fragment,
  { name, key, gate, few = FEW }: Named,
): Fragment {
  const terms = searchTerms(name);
  // Without a term the index would answer with all contacts.
  const wanted = sql`${gate} and ${terms.length > 0}`;
  // A value that is not known when it is planned: the plan is one for all names.
  const has = sql`@> (select ${terms}::text[])`;
  const fits = sql`
    f.wx_user_id = ${key} and f.deleted_at is null
    and (strpos(f.remark, ${name}) > 0 or strpos(c.name, ${name}) > 0)
    and not exists (
      select 1 from contact_phone p
      where p.wx_user_id = f.wx_user_id
        and p.external_user_id = f.external_user_id)`;
  return sql`
    few_named as materialized (
      select external_user_id from contact
      where ${wanted} and search_terms(name) ${has} limit ${
    literal(sql, few + 1)
  }),
    few_remarked as materialized (
      select wx_user_id, external_user_id from contact_follow
      where ${wanted} and search_terms(remark) ${has} limit ${
    literal(sql, few + 1)
  }),
    many as materialized (
      select (select count(*) from few_named) > ${literal(sql, few)}
        or (select count(*) from few_remarked) > ${literal(sql, few)} as many),
    suggested as (
      (select ${columns} from (
          select external_user_id from few_named
          union
          select external_user_id from few_remarked where wx_user_id = ${key}
        ) n
        -- Each by its key: all contacts of the person are read otherwise.
        cross join lateral (
          select * from contact_follow
          where contact_follow.wx_user_id = ${key}
            and contact_follow.external_user_id = n.external_user_id limit 1) f
        join contact c on c.external_user_id = f.external_user_id
        where not (select many from many) and ${fits}
        order by f.added_at desc, c.external_user_id limit ${
    literal(sql, SUGGESTIONS)
  })
      union all
      (select ${columns} from contact_follow f
        -- Each by its key: all contacts of the company are read otherwise.
        cross join lateral (
          select * from contact
          where contact.external_user_id = f.external_user_id limit 1) c
        where (select many from many) and ${fits}
        order by f.added_at desc, f.external_user_id limit ${
    literal(sql, SUGGESTIONS)
  }))`;
}
