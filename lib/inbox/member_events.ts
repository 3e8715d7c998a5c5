/**
 * A member left or entered the app's visible scope or the company (90240).
 * WeCom is asked before anything is ended; then the contacts of a member who is
 * not shown any more are marked as nobody's, as the nightly run does.
 */
import type { Sql } from "../store/database.ts";
import { beginReading } from "../store/reading.ts";
import { keepVisibility, readVisibility } from "../contacts/visibility.ts";
import type { MemberEvent } from "../wecom/callback/event.ts";
import type { WecomClient } from "../wecom/mod.ts";
import { type Arrived, isYoung, latest } from "./arrived.ts";
import { LAG, type Outcome } from "./outcome.ts";

export interface MemberHandlerDeps {
  sql: Sql;
  wecom: WecomClient;
  now: () => number;
}

/** Throws what WeCom answers. */
export async function readMember(
  { sql, wecom, now }: MemberHandlerDeps,
  wxUserId: string,
  events: readonly Arrived<MemberEvent>[],
): Promise<Outcome> {
  const reading = await beginReading(sql, now);
  const visibility = await readVisibility(wecom, wxUserId);
  const last = latest(events);
  const told = last?.change === "unsubscribe";
  // The answer lags behind the event, as WeCom's answers do.
  const denied = told ? visibility === "shown" : visibility === "gone";
  if (last && isYoung(last, now()) && denied) return LAG;
  // A member without the right to customers may be in the app's scope or not.
  const left = visibility === "gone" || visibility === "unable" && told;
  return {
    kind: "apply",
    async write(sql) {
      const at = new Date(last?.at ?? now());
      await keepVisibility({ sql, now }, wxUserId, { left, at, reading });
    },
  };
}
