/** Colleagues to choose from, those of a store first. */
import type { Queries } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import type { UserKey } from "./user_id.ts";
import { worksHere } from "./works_here.ts";

/** More would not help a person to choose. */
const MOST = 20;

/**
 * Who is in the company and in the app's scope, without these: people of the store
 * first, and project managers among them, who stay with an order.
 */
export async function colleaguesNear(
  queries: Queries,
  storeName: string | null,
  except: readonly UserKey[],
): Promise<{ wxUserId: string; name: string }[]> {
  return await queries<{ wxUserId: string; name: string }[]>`
    select coalesce(told.wx_user_id, person.wx_user_id) as wx_user_id, name
    from (
      select distinct on (user_key) * from staff
      order by user_key, updated_at desc, wx_user_id) person
    left join user_spelling told using (user_key)
    left join member_scope scope using (user_key)
    where ${worksHere(queries)}
      and scope.left_at is null
      and user_key <> all(${[...except]}::text[])
    order by (store_name is not distinct from ${storeName}) desc,
      (role = 'project_manager') desc, name, user_key
    limit ${literal(queries, MOST)}`;
}
