/**
 * Staff as the ERP pushes them. A role is what a person may do here, so each one
 * that is new or changed is in the audit log, with the one before; the same push
 * again leaves nothing.
 */
import { auditAll } from "../audit/audit.ts";
import type { Sql, TransactionSql } from "../store/database.ts";
import { type Role, ROLES } from "./actor.ts";
import { type UserKey, userKey } from "./user_id.ts";
import { z } from "zod";
import { optionalName, shownName, userId } from "../erp/text.ts";

export const StaffMember = z.object({
  wxUserId: userId,
  name: shownName,
  role: z.enum(ROLES),
  storeName: optionalName,
});
export interface StaffPush {
  staff: readonly z.output<typeof StaffMember>[];
}

interface Known {
  userKey: UserKey;
  role: Role;
  departed: boolean;
  /** Of who is yet to leave. */
  departsAt: Date | null;
}

/** One change at a time: what was there before must not change meanwhile. */
export async function lockStaff(sql: TransactionSql): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('staff', 0))`;
}

/** Answers how many people were pushed. */
export async function pushStaff(
  { sql, now }: { sql: Sql; now: () => number },
  { staff }: StaffPush,
  requestId: string | null,
): Promise<number> {
  // The last one of the same id counts, as if they had come one by one.
  const rows = [
    ...new Map(staff.map((one) => [userKey(one.wxUserId), one])).values(),
  ].map(({ wxUserId, name, role, storeName = null }) => (
    { wxUserId, name, role, storeName }
  ));
  if (rows.length === 0) return 0;
  await sql.begin(async (sql) => {
    await lockStaff(sql);
    const before = await rolesOf(sql, rows.map((row) => userKey(row.wxUserId)));
    const at = new Date(now());
    // Who will leave works here until then: a push before brings nobody back.
    const pushed = rows.map((row) => {
      const departsAt = before.get(userKey(row.wxUserId))?.departsAt ?? null;
      return { ...row, departsAt: departsAt?.toISOString() ?? null };
    });
    await sql`
      insert into staff (
        wx_user_id, name, role, store_name, departed_at, updated_at)
      select "wxUserId", name, role, "storeName", "departsAt", ${at}
      from jsonb_to_recordset(${sql.json(pushed)}) as pushed (
        "wxUserId" text, name text, role text, "storeName" text,
        "departsAt" timestamptz)
      on conflict (wx_user_id) do update set
        name = excluded.name, role = excluded.role,
        store_name = excluded.store_name, departed_at = excluded.departed_at,
        updated_at = excluded.updated_at`;
    const changed = rows.filter(({ wxUserId, role }) => {
      const known = before.get(userKey(wxUserId));
      return known?.role !== role || known.departed;
    });
    await auditAll(
      sql,
      now,
      changed.map(({ wxUserId, role }) => {
        const known = before.get(userKey(wxUserId));
        return {
          actor: "erp",
          action: "staff.role_set",
          subject: wxUserId,
          outcome: "done",
          requestId,
          detail: {
            from: known?.role ?? null,
            to: role,
            ...(known?.departed && { returned: true }),
          },
          before: known ? { role: known.role } : null,
          after: { role },
        };
      }),
    );
  });
  return rows.length;
}

/** Of several rows of one person the one that was pushed last counts. */
async function rolesOf(
  sql: TransactionSql,
  keys: readonly UserKey[],
): Promise<Map<UserKey, Known>> {
  const rows = await sql<Known[]>`
    select distinct on (user_key) user_key, role,
      coalesce(departed_at <= now(), false) as departed,
      case when departed_at > now() then departed_at end as departs_at
    from staff where user_key = any(${[...keys]}::text[])
    order by user_key, updated_at desc, wx_user_id`;
  return new Map(rows.map((row) => [row.userKey, row]));
}
