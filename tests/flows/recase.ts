/**
 * A company whose people are spelled anew at each door: what the ERP pushes, the
 * sign-in, what WeCom answers and what its events tell each have a case of their
 * own, drawn letter by letter. Ids of customers and chats stay as they are.
 */
import type { TestApp } from "../support/app.ts";
import { eventXml, type WorldEvent } from "../../lib/sandbox/mod.ts";
import { readEvent } from "../../lib/wecom/callback/event.ts";
import type { Sql } from "../../lib/store/database.ts";
import { readXml } from "../../lib/wecom/callback/xml.ts";

export const PEOPLE = ["ZhangSan", "LiSi", "WangWu", "Boss"] as const;

export const DOORS = ["erp", "signIn", "answers", "events", "asked"] as const;
export type Door = typeof DOORS[number];

/** Spells ids (and no other words) of a text anew, where this door is open. */
export type Recase = (door: Door, text: string) => string;

/** `seed`: the same one draws the same cases. */
export function createRecase(
  seed: number,
  open: Readonly<Record<Door, boolean>>,
): Recase {
  let state = seed >>> 0;
  const flip = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >= 0x8000_0000;
  };
  const whole = new RegExp(`\\b(${PEOPLE.join("|")})\\b`, "gi");
  return (door, text) =>
    open[door]
      ? text.replace(whole, (id) =>
        Array.from(
          id,
          (letter) => flip() ? letter.toUpperCase() : letter.toLowerCase(),
        ).join(""))
      : text;
}

/** WeCom's answers go through the recasing from now on. */
export function recaseAnswers({ sandbox }: TestApp, recase: Recase): void {
  const { api } = sandbox;
  sandbox.api = async (request) => {
    const response = await api(request);
    const text = await response.text();
    const { status, headers } = response;
    return new Response(recase("answers", text), { status, headers });
  };
}

async function isWaiting(sql: Sql): Promise<boolean> {
  const [event] = await sql`
    select 1 from inbox_event where settled_at is null limit 1`;
  return event !== undefined;
}

/** Collects what happens; `deliver` stores it and waits until it is settled. */
export function collectEvents(
  { services, sandbox }: TestApp,
  recase: Recase,
  wait: (ms: number) => void,
) {
  const events: WorldEvent[] = [];
  sandbox.world.on((event) => void events.push(event));
  return {
    async deliver(): Promise<void> {
      for (const event of events.splice(0)) {
        const xml = recase("events", eventXml(event, sandbox.corpId));
        const fields = readXml(xml);
        const read = readEvent(fields, services.now());
        if (read) await services.inbox.store(fields, read);
      }
      wait(60_000);
      // A request may have begun on them in the background: until all are settled.
      while (await isWaiting(services.sql)) await services.inbox.workOff();
    },
  };
}
