/**
 * Staff as the ERP tells them. Who is not in here (nor in `ADMIN_USERIDS`) is
 * signed in to WeCom but no user of ours.
 */
import { isEnded } from "../auth/ended_sessions.ts";
import type { Fragment, Queries, Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import { folded } from "../store/search_terms.ts";
import type { Actor, Role } from "./actor.ts";
import { pushStaff, type StaffPush } from "./push.ts";
import { learnSpellings, spelled } from "./spelling.ts";
import { type UserKey, userKey } from "./user_id.ts";

export interface Staff {
  /** null: no member of staff, or one who left. */
  find(wxUserId: string): Promise<Actor | null>;
  /** The same for whoever has this session, which may have been ended. */
  ofSession(
    session: { wxUserId: string; sessionId: string | null },
  ): Promise<{ actor: Actor | null; ended: boolean }>;
  /** Names by id as given; an id without a row is its own name. */
  names(wxUserIds: Iterable<string>): Promise<Map<string, string>>;
  /** Each person once, as WeCom spells them; as given where it never told. */
  spelled(wxUserIds: Iterable<string>): Promise<string[]>;
  /** WeCom told these userids. */
  learn(wxUserIds: Iterable<string>): Promise<void>;
  /** Answers how many; what changed of roles is in the audit log. */
  upsert(
    push: StaffPush,
    options?: { requestId?: string | null },
  ): Promise<number>;
}

interface Row {
  name: string;
  role: Role;
  storeName: string | null;
  departedAt: Date | null;
}

/**
 * A person's row, to select from. Of several that differ in the case of the id
 * the one that was pushed last counts. A departure is told from when it holds.
 */
export function staffRow(queries: Queries, key: Fragment | UserKey): Fragment {
  return queries`(
    select wx_user_id, name, role, store_name,
      case when departed_at <= now() then departed_at end as departed_at
    from staff
    -- Compared as the column's index is: in another collation it is of no use.
    where user_key = (${key}) collate "default"
    order by updated_at desc, wx_user_id limit 1)`;
}

/** The name of a person; the id itself where there is no row. */
export function staffName(queries: Queries, wxUserId: Fragment): Fragment {
  const key = queries`lower(${wxUserId} collate "C")`;
  return queries`coalesce(
    (select name from ${staffRow(queries, key)} person), ${wxUserId})`;
}

/** An array of who of these people has left the company. */
export function departedAmong(
  queries: Queries,
  keys: readonly UserKey[],
): Fragment {
  return queries`array(
    select key from unnest(${[...keys]}::text[]) as key
    where (select departed_at from ${staffRow(queries, queries`key`)} person)
      is not null)`;
}

/** More people of one name are not looked for. */
const NAMESAKES = 50;

/** An array of who has this text in the name, in the normal form. */
export function staffNamed(queries: Queries, text: string): Fragment {
  return queries`array(
    select user_key from staff s
    where strpos(lower(name collate "C"), ${folded(text)}) > 0
      and name = (select name from ${
    staffRow(queries, queries`s.user_key`)
  } person)
    limit ${literal(queries, NAMESAKES)})`;
}

export function createStaff(deps: {
  sql: Sql;
  adminUserIds: ReadonlySet<string>;
  now: () => number;
}): Staff {
  const { sql, now } = deps;
  const admins = new Set([...deps.adminUserIds].map(userKey));

  function actorOf(wxUserId: string, known: Row | undefined): Actor | null {
    // Who left is out, whatever the settings say.
    if (known && known.departedAt !== null) return null;
    const role = admins.has(userKey(wxUserId)) ? "admin" : known?.role;
    if (!role) return null;
    const name = known?.name ?? wxUserId;
    return { wxUserId, name, role, storeName: known?.storeName ?? null };
  }

  return {
    async find(wxUserId) {
      const [known] = await sql<Row[]>`
        select * from ${staffRow(sql, userKey(wxUserId))} person`;
      return actorOf(wxUserId, known);
    },
    async ofSession({ wxUserId, sessionId }) {
      const [found] = await sql<(Partial<Row> & { ended: boolean })[]>`
        select ${isEnded(sql, sessionId)} as ended, person.*
        from (select) as session
        left join ${staffRow(sql, userKey(wxUserId))} person on true`;
      const known = found?.role ? found as Row : undefined;
      return { actor: actorOf(wxUserId, known), ended: found?.ended ?? false };
    },
    async names(wxUserIds) {
      const ids = [...new Set(wxUserIds)];
      const rows = ids.length === 0 ? [] : await sql<
        { userKey: UserKey; name: string }[]
      >`
        select distinct on (user_key) user_key, name from staff
        where user_key = any(${ids.map(userKey)}::text[])
        order by user_key, updated_at desc, wx_user_id`;
      const known = new Map(rows.map((row) => [row.userKey, row.name]));
      return new Map(ids.map((id) => [id, known.get(userKey(id)) ?? id]));
    },
    spelled: (wxUserIds) => spelled(sql, wxUserIds),
    learn: (wxUserIds) => learnSpellings(sql, wxUserIds),
    upsert: (push, { requestId = null } = {}) =>
      pushStaff({ sql, now }, push, requestId),
  };
}
