/**
 * Reads contacts again that were last read by other rules for numbers: numbers
 * that those rules did not find are in WeCom alone. A person is marked when the
 * whole list is read, so this may be interrupted; the nightly run does the
 * same.
 */
import type { Log } from "../http/log.ts";
import { userKey } from "../staff/user_id.ts";
import type { Sql } from "../store/database.ts";
import { getFollowUserList, type WecomClient } from "../wecom/mod.ts";
import { PHONE_RULES } from "./phone_rules.ts";
import type { ContactSync } from "./sync.ts";

export interface RenewedContacts {
  people: number;
  /** WeCom did not answer for them: the nightly run tries again. */
  left: number;
}

export async function renewContacts(
  { sql, wecom, contactSync, log }: {
    sql: Sql;
    wecom: WecomClient;
    contactSync: ContactSync;
    log: Log;
  },
  onPerson: (done: RenewedContacts, all: number) => void = () => {},
): Promise<RenewedContacts> {
  const stale = new Set(
    (await sql<{ wxUserId: string }[]>`
      select wx_user_id from contact_sync
      where completed_at is not null and phone_rules <> ${PHONE_RULES}`)
      .map((row) => row.wxUserId),
  );
  const done: RenewedContacts = { people: 0, left: 0 };
  if (stale.size === 0) return done;
  // People who left have no contacts to read; what is stored of them stays.
  const { wxUserIds } = await wecom.call(getFollowUserList, undefined);
  const due = wxUserIds.filter((id) => stale.has(userKey(id)));
  for (const wxUserId of due) {
    try {
      await contactSync.refresh(wxUserId);
      done.people += 1;
    } catch (error) {
      done.left += 1;
      log("warn", "contacts.not_reread", { wxUserId, error });
    }
    onPerson(done, due.length);
  }
  return done;
}
