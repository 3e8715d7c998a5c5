/**
 * Events of the app itself (90240): WeCom stops apps that nobody uses. The last
 * event is kept, for people to see in /readyz and in the log.
 */
import type { Queries } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { AppEvent } from "../wecom/callback/event.ts";
import type { Arrived } from "./arrived.ts";
import type { Outcome } from "./outcome.ts";

export interface AppLife {
  event: AppEvent["change"];
  /** When it takes effect; null when the event does not say. */
  effectAt: Date | null;
  toldAt: Date;
}

/** After these the app works as before. */
const WELL: ReadonlySet<AppEvent["change"]> = new Set([
  "reopen_inactive_agent",
  "active_restored",
]);

/** Does it call for an admin, who opens the app's page in the console? */
export function isAlarming({ event }: AppLife): boolean {
  return !WELL.has(event);
}

export function tellAppLife(
  log: Log,
  events: readonly Arrived<AppEvent>[],
): Outcome {
  return {
    kind: "apply",
    async write(queries) {
      for (const { change, at, effectAt } of events) {
        const level = WELL.has(change) ? "info" : "warn";
        log(level, "wecom.app_life", { event: change, effectAt });
        // An earlier event that is settled late does not replace a later one.
        await queries`
          insert into app_life (event, effect_at, told_at)
          values (${change}, ${effectAt && new Date(effectAt)}, ${new Date(at)})
          on conflict (only_row) do update set event = excluded.event,
            effect_at = excluded.effect_at, told_at = excluded.told_at
          where app_life.told_at <= excluded.told_at`;
      }
    },
  };
}

/** null: WeCom never told anything. */
export async function lastAppLife(queries: Queries): Promise<AppLife | null> {
  const [row] = await queries<AppLife[]>`
    select event, effect_at, told_at from app_life`;
  return row ?? null;
}
