/**
 * Are the colleagues of an order still in the company, and in the app's scope? A
 * client that is asked to put somebody in who is not makes no group at all, the
 * push that tells of it (90240) may be lost, and the ERP may name an account that
 * never was. So WeCom is asked while the sheet opens, once an hour for each; who is
 * not to be seen is asked about each time, since somebody may have mended it.
 */
import type { CacheStore } from "../store/cache.ts";
import { briefly } from "../http/briefly.ts";
import type { Log } from "../http/log.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import {
  distinctUsers,
  isSameUser,
  type UserKey,
  userKey,
} from "../staff/user_id.ts";
import type { Sql } from "../store/database.ts";
import { beginReading } from "../store/reading.ts";
import { type WecomClient, WecomError } from "../wecom/mod.ts";
import { keepVisibility, readVisibility } from "./visibility.ts";

const BELIEVED_MS = 60 * 60_000;
const PATIENCE_MS = 2_000;

export interface ConfirmDeps {
  sql: Sql;
  wecom: WecomClient;
  cache: CacheStore;
  now: () => number;
  log: Log;
}

/**
 * Writes down what WeCom says of the order's people, and of `more`. An error of WeCom's is no answer, and no error; a
 * WeCom that hangs does not hold up the sheet.
 */
export async function confirmColleagues(
  deps: ConfirmDeps,
  order: Order,
  wxUserId: string,
  more: readonly string[] = [],
): Promise<void> {
  const others = distinctUsers([...staffOf(order), ...more])
    .filter((id) => !isSameUser(id, wxUserId));
  const doubtful = await doubtfulAmong(deps, others);
  if (doubtful.length === 0) return;
  const asked = Promise.all(doubtful.map((id) => confirm(deps, id)));
  // What fails later is nobody's.
  asked.catch(() => {});
  await briefly(asked, PATIENCE_MS);
}

/** Whose contacts were read lately, is here; who was seen lately, as well. */
async function doubtfulAmong(
  { sql, cache, now }: ConfirmDeps,
  wxUserIds: readonly string[],
): Promise<string[]> {
  const seen = await Promise.all(
    wxUserIds.map((id) => cache.get(placeOf(id)).catch(() => null)),
  );
  const unseen = wxUserIds.filter((_, at) => seen[at] === null);
  if (unseen.length === 0) return [];
  const since = new Date(now() - BELIEVED_MS);
  const read = await sql<{ key: UserKey }[]>`
    select wx_user_id as key from contact_sync
    where wx_user_id = any(${unseen.map(userKey)}::text[])
      and completed_at > ${since} and total > 0`;
  const keys = new Set(read.map((row) => row.key));
  return unseen.filter((id) => !keys.has(userKey(id)));
}

async function confirm(deps: ConfirmDeps, wxUserId: string): Promise<void> {
  const { sql, wecom, cache, now, log } = deps;
  try {
    const reading = await beginReading(sql, now);
    const visibility = await readVisibility(wecom, wxUserId);
    const left = visibility === "gone";
    // A member without the right to customers may be in the app's scope or not.
    if (visibility !== "unable") {
      const change = { left, at: reading.at, reading };
      await sql.begin((sql) => keepVisibility({ sql, now }, wxUserId, change));
    }
    if (left) return;
    await cache.set(placeOf(wxUserId), "1", now() + BELIEVED_MS)
      .catch(() => {});
  } catch (error) {
    if (!(error instanceof WecomError)) throw error;
    log("warn", "staff.not_confirmed", { wxUserId, error });
  }
}

function placeOf(wxUserId: string): string {
  return `member-seen:${userKey(wxUserId)}`;
}
