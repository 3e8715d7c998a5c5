/**
 * Staff as the ERP tells them. Who is not in here (nor in `ADMIN_USERIDS`) is
 * signed in to WeCom but no user of ours.
 */
import type { Queries, Sql } from "../store/database.ts";
import { ROLES } from "./actor.ts";
import type { Actor, Role } from "./actor.ts";
import { z } from "zod";
import { id, optionalName, shownName } from "../erp/text.ts";

export const StaffMember = z.object({
  wxUserId: id,
  name: shownName,
  role: z.enum(ROLES),
  storeName: optionalName,
});
export interface StaffPush {
  staff: readonly z.output<typeof StaffMember>[];
}

export interface Staff {
  /** null: no member of staff, or one who left. */
  find(wxUserId: string): Promise<Actor | null>;
  /** Names by id; an id without a row is its own name. */
  names(wxUserIds: Iterable<string>): Promise<Map<string, string>>;
  upsert(push: StaffPush, queries?: Queries): Promise<number>;
}

interface Row {
  name: string;
  role: Role;
  storeName: string | null;
}

export function createStaff(deps: {
  sql: Sql;
  adminUserIds: ReadonlySet<string>;
  now: () => number;
}): Staff {
  const { sql, adminUserIds, now } = deps;
  return {
    async find(wxUserId) {
      const [row] = await sql<Row[]>`
        select name, role, store_name from staff
        where wx_user_id = ${wxUserId} and departed_at is null`;
      const role = adminUserIds.has(wxUserId) ? "admin" : row?.role;
      if (!role) return null;
      const name = row?.name ?? wxUserId;
      return { wxUserId, name, role, storeName: row?.storeName ?? null };
    },
    async names(wxUserIds) {
      const ids = [...new Set(wxUserIds)];
      const rows = ids.length === 0 ? [] : await sql<
        { wxUserId: string; name: string }[]
      >`select wx_user_id, name from staff where wx_user_id in ${sql(ids)}`;
      const known = new Map(rows.map((row) => [row.wxUserId, row.name]));
      return new Map(ids.map((id) => [id, known.get(id) ?? id]));
    },
    async upsert({ staff }, queries = sql) {
      // The last one of the same id counts, as if they had come one by one.
      const rows = [
        ...new Map(staff.map((one) => [one.wxUserId, one])).values(),
      ]
        .map((one) => ({
          wxUserId: one.wxUserId,
          name: one.name,
          role: one.role,
          storeName: one.storeName ?? null,
        }))
        // In one order, so that two pushes at once wait instead of locking up.
        .sort((a, b) => a.wxUserId < b.wxUserId ? -1 : 1);
      if (rows.length === 0) return 0;
      await queries`
        insert into staff (wx_user_id, name, role, store_name, updated_at)
        select "wxUserId", name, role, "storeName", ${new Date(now())}
        from jsonb_to_recordset(${queries.json(rows)}) as pushed (
          "wxUserId" text, name text, role text, "storeName" text)
        on conflict (wx_user_id) do update set
          name = excluded.name, role = excluded.role,
          store_name = excluded.store_name, departed_at = null,
          updated_at = excluded.updated_at`;
      return rows.length;
    },
  };
}
