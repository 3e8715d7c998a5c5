/** The ERP says that somebody has left the company: nobody acts as them any more. */
import { auditAll } from "../audit/audit.ts";
import type { Queries } from "../store/database.ts";
import { userKey } from "./user_id.ts";

/** Who is no staff of ours, or has left before, changes nothing. */
export async function tellDeparted(
  queries: Queries,
  departed: readonly { wxUserId: string; at: Date }[],
  { now, requestId }: { now: () => number; requestId: string | null },
): Promise<void> {
  for (const { wxUserId, at } of departed) {
    const gone = await queries`
      update staff set departed_at = ${at}
      where user_key = ${userKey(wxUserId)} and departed_at is null
      returning 1`;
    if (gone.length === 0) continue;
    await auditAll(queries, now, [{
      actor: "erp",
      action: "staff.departed",
      subject: wxUserId,
      outcome: "done",
      requestId,
    }]);
  }
}
