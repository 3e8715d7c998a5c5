/** The ERP says that somebody leaves the company: nobody acts as them from then on. */
import { auditAll } from "../audit/audit.ts";
import { CLOCK_SKEW_MS } from "../erp/time.ts";
import type { TransactionSql } from "../store/database.ts";
import { lockStaff } from "./push.ts";
import { userKey } from "./user_id.ts";

/**
 * Who is no staff of ours, or has left before, changes nothing; nor does a word
 * from before a push of the person, who works here since. That is audited as
 * refused: somebody may be in who should be out.
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
    const [told] = await queries<{ isSince: boolean }[]>`
      update staff set departed_at = case
        when pushed.is_since then staff.departed_at else ${at} end
      from (
        select max(updated_at) > ${new Date(at.getTime() + CLOCK_SKEW_MS)}
          as is_since
        from staff where user_key = ${key}) pushed
      where user_key = ${key}
        and (departed_at is null or departed_at > now())
      returning pushed.is_since`;
    if (!told) continue;
    await auditAll(queries, now, [{
      actor: "erp",
      action: "staff.departed",
      subject: wxUserId,
      outcome: told.isSince ? "refused" : "done",
      requestId,
      detail: {
        at: at.toISOString(),
        ...(told.isSince && { reason: "pushed_since" }),
      },
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
