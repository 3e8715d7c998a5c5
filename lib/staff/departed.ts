/** The ERP says that somebody leaves the company: nobody acts as them from then on. */
import { auditAll } from "../audit/audit.ts";
import type { TransactionSql } from "../store/database.ts";
import { lockStaff } from "./push.ts";
import { userKey } from "./user_id.ts";
import { worksHere } from "./works_here.ts";

/**
 * Who is no staff of ours, or has left before, changes nothing. One of long ago
 * counts as well, since the ERP tells it now: the day of a departure is often told
 * after a push that still had the person, and the next push brings back who works
 * here again.
 */
export async function tellDeparted(
  queries: TransactionSql,
  departed: readonly { wxUserId: string; at: Date }[],
  deps: {
    adminUserIds: ReadonlySet<string>;
    now: () => number;
    requestId: string | null;
  },
): Promise<void> {
  if (departed.length === 0) return;
  const { now, requestId } = deps;
  const admins = new Set([...deps.adminUserIds].map(userKey));
  await lockStaff(queries);
  for (const { wxUserId, at } of departed) {
    const key = userKey(wxUserId);
    // An admin by the settings alone has no row that could tell it.
    if (admins.has(key)) await addAdmin(queries, wxUserId, at, now());
    // One that is yet to come may be told anew.
    const told = await queries`
      update staff set departed_at = ${at} where user_key = ${key}
        and ${worksHere(queries)}
      returning 1`;
    if (told.length === 0) continue;
    await auditAll(queries, now, [{
      actor: "erp",
      action: "staff.departed",
      subject: wxUserId,
      outcome: "done",
      requestId,
      detail: { at: at.toISOString() },
    }]);
  }
}

async function addAdmin(
  queries: TransactionSql,
  wxUserId: string,
  at: Date,
  now: number,
): Promise<void> {
  const key = userKey(wxUserId);
  await queries`
    insert into staff (wx_user_id, name, role, updated_at)
    select ${wxUserId}, ${wxUserId}, 'admin',
      ${new Date(Math.min(at.getTime(), now))}
    where not exists (select 1 from staff where user_key = ${key})`;
}
