/**
 * What the ERP tells as it happens: an order was made, came to a stage, its customer
 * arrived, somebody left the company. Each is stored once, under its own id, in the
 * transaction of what it changes; a repeated one changes nothing.
 */
import { z } from "zod";
import type { Config } from "../config/mod.ts";
import { setStages } from "../orders/stages.ts";
import { tellDeparted } from "../staff/departed.ts";
import type { Sql } from "../store/database.ts";
import { id, optionalUserId, text } from "./text.ts";
import { CLOCK_SKEW_MS, readTime, Time } from "./time.ts";

export const EVENT_TYPES = [
  "order.created",
  "order.stage",
  "customer.arrived",
  "staff.departed",
] as const;

/** `timeZone`: of times that tell none; an IANA name. */
export function erpEvent(timeZone: string) {
  return z.object({
    eventId: text.min(1).max(128),
    type: z.enum(EVENT_TYPES),
    orderId: id.nullish(),
    wxUserId: optionalUserId,
    stage: text.max(64).nullish(),
    at: Time.transform((value, ctx) => {
      const read = readTime(value, timeZone);
      if (read) return read;
      ctx.addIssue("is no time");
      return z.NEVER;
    }),
  }).superRefine((event, ctx) => {
    const needed = event.type === "staff.departed"
      ? ["wxUserId"] as const
      : event.type === "order.stage"
      ? ["orderId", "stage"] as const
      : ["orderId"] as const;
    for (const name of needed) {
      if (event[name]) continue;
      const message = `is required for ${event.type}`;
      ctx.addIssue({ code: "custom", path: [name], message });
    }
  });
}

export type ErpEvent = z.output<ReturnType<typeof erpEvent>>;

/** Answers how many were new. */
export async function storeEvents(
  { sql, now, config }: {
    sql: Sql;
    now: () => number;
    config: Pick<Config, "adminUserIds">;
  },
  events: readonly ErpEvent[],
  requestId: string | null,
): Promise<{ accepted: number; duplicates: number }> {
  const at = new Date(now());
  // Of an id that is twice in a call the first one counts, as of two calls.
  const firsts = new Map<string, ErpEvent>();
  for (const event of events) {
    if (!firsts.has(event.eventId)) firsts.set(event.eventId, event);
  }
  const rows = [...firsts.values()].map((event) => ({
    event_id: event.eventId,
    type: event.type,
    order_id: event.orderId || null,
    wx_user_id: event.wxUserId || null,
    stage: event.stage || null,
    at: event.at.toISOString(),
  }));
  return await sql.begin(async (sql) => {
    const stored = await sql<{ eventId: string }[]>`
      insert into erp_event (
        event_id, type, order_id, wx_user_id, stage, at, received_at)
      select event_id, type, order_id, wx_user_id, stage, at, ${at}
      from jsonb_to_recordset(${sql.json(rows)}) as told (
        event_id text, type text, order_id text, wx_user_id text, stage text,
        at timestamptz)
      -- In one order: two calls with the same events wait for each other.
      order by event_id
      on conflict do nothing
      returning event_id`;
    const fresh = new Set(stored.map((row) => row.eventId));
    const taken = [...firsts.values()]
      .filter(({ eventId }) => fresh.has(eventId));
    await setStages(
      sql,
      taken.flatMap(({ type, orderId, stage, at: told }) => {
        if (type !== "order.stage" || !orderId || !stage) return [];
        // One of the future would hold against each later one until it comes.
        const isAhead = told.getTime() > at.getTime() + CLOCK_SKEW_MS;
        return { orderId, stage, at: isAhead ? at : told };
      }),
    );
    await tellDeparted(
      sql,
      taken.flatMap(({ type, wxUserId, at }) =>
        type === "staff.departed" && wxUserId ? { wxUserId, at } : []
      ),
      { adminUserIds: config.adminUserIds, now, requestId },
    );
    return {
      accepted: taken.length,
      duplicates: events.length - taken.length,
    };
  });
}
