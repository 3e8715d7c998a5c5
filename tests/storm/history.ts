/**
 * Every stay of everybody in every group, as it happened in the world, beside
 * the rows that the product keeps. Written from the world's own state at each of
 * its changes, so it knows also what no event told.
 */
import type { World, WorldEvent } from "../../lib/sandbox/mod.ts";
import type { Sql } from "../../lib/store/database.ts";
import type { Difference } from "./compare.ts";

export interface Stay {
  chatId: string;
  memberId: string;
  /** World time, ms. */
  joinedAt: number;
  leftAt: number | null;
  /** The events that told of it; null for who was there from the beginning. */
  arrival: WorldEvent | null;
  departure: WorldEvent | null;
}

export interface History {
  stays: Stay[];
  /** Who was in the group once and is not now. */
  formerOf(chatId: string): string[];
}

export function keepHistory(world: World): History {
  const stays: Stay[] = [];
  const open = new Map<string, Map<string, Stay>>();

  function note(chatId: string, event: WorldEvent | null): void {
    const chat = world.state.chats.get(chatId);
    if (!chat) return;
    const present = open.get(chatId) ?? new Map<string, Stay>();
    open.set(chatId, present);
    const ids = new Set(chat.members.map((one) => one.id));
    for (const [memberId, stay] of present) {
      if (ids.has(memberId)) continue;
      // The clock may have gone on to another second since the event was made.
      stay.leftAt = event ? event.createTime * 1_000 : world.now();
      stay.departure = event;
      present.delete(memberId);
    }
    for (const { id: memberId, joinedAt } of chat.members) {
      if (present.has(memberId)) continue;
      const arrival = joinedAt === chat.createdAt ? null : event;
      const stay: Stay = {
        chatId,
        memberId,
        joinedAt,
        leftAt: null,
        arrival,
        departure: null,
      };
      stays.push(stay);
      present.set(memberId, stay);
    }
  }

  for (const chatId of world.state.chats.keys()) note(chatId, null);
  world.on((event) => {
    if (event.event === "change_external_chat") note(event.chatId, event);
  });
  return {
    stays,
    formerOf: (chatId) => [
      ...new Set(
        stays.filter((stay) =>
          stay.chatId === chatId && !open.get(chatId)?.has(stay.memberId)
        ).map((stay) => stay.memberId),
      ),
    ],
  };
}

interface Row {
  chatId: string;
  memberId: string;
  joinedAt: Date;
  leftAt: Date | null;
  quitScene: string | null;
}

/** WeCom tells times in whole seconds. */
const second = (ms: number) => Math.floor(ms / 1_000) * 1_000;
/** The clock of the instance that noticed something, against the world's. */
const SKEW_MS = 6_000;

/**
 * The stays of bound groups: each has its row, and no row is invented. Nobody
 * can know of a stay that began and ended between two readings when its arrival
 * was not told; nor, of a group that was dissolved, of an end that was not told.
 * These are counted, not held against the product.
 */
export async function compareHistory(
  sql: Sql,
  world: World,
  history: History,
  told: (event: WorldEvent) => boolean,
): Promise<{ differences: Difference[]; stays: number; unknowable: number }> {
  const rows = await sql<Row[]>`
    select m.chat_id, m.member_id, m.joined_at, m.left_at, m.quit_scene
    from chat_member m join chat c using (chat_id)
    where c.order_id is not null`;
  const bound = await sql<{ chatId: string }[]>`
    select chat_id from chat where order_id is not null`;
  const chats = new Set(bound.map((row) => row.chatId));
  const stays = merged(history.stays.filter((one) => chats.has(one.chatId)));
  // A beginning that was only assumed is kept a millisecond before its second.
  const ours = new Map(rows.map((row) => [
    keyOf({ ...row, joinedAt: row.joinedAt.getTime() + 1 }),
    row,
  ]));
  const differences: Difference[] = [];
  let unknowable = 0;
  const isTold = (event: WorldEvent | null) => event !== null && told(event);
  const differ = (stay: { chatId: string; memberId: string }, what: string) =>
    differences.push({
      kind: "history",
      subject: stay.chatId,
      detail: `${stay.memberId} ${what}`,
    });
  for (const [key, stay] of stays) {
    const row = ours.get(key);
    ours.delete(key);
    const dissolved = world.state.chats.get(stay.chatId)?.dismissed === true;
    const began = new Date(second(stay.joinedAt)).toISOString();
    if (!row) {
      const known = stay.arrival === null || isTold(stay.arrival) ||
        (stay.leftAt === null && !dissolved);
      if (known) differ(stay, `has no stay from ${began}`);
      else unknowable += 1;
    } else if (row.leftAt === null && stay.leftAt !== null) {
      if (!dissolved || isTold(stay.departure)) {
        differ(stay, `did not leave, of ${began}`);
      } else unknowable += 1;
    } else if (row.leftAt !== null && stay.leftAt === null) {
      differ(stay, `left, of ${began}, though still there`);
    } else if (row.leftAt !== null && stay.leftAt !== null) {
      const { departure } = stay;
      const off = row.leftAt.getTime() - second(stay.leftAt);
      if (isTold(departure) ? off !== 0 : off < -SKEW_MS) {
        differ(stay, `left ${off} ms off, of ${began}, ${row.quitScene}`);
      }
      const scene = sceneOf(departure);
      if (isTold(departure) && row.quitScene !== scene) {
        differ(stay, `${row.quitScene} instead of ${scene}, of ${began}`);
      }
    }
  }
  for (const row of ours.values()) {
    differ(row, `was never there from ${row.joinedAt.toISOString()}`);
  }
  return { differences, stays: stays.size, unknowable };
}

function sceneOf(event: WorldEvent | null): string | null {
  if (event?.event !== "change_external_chat") return null;
  return event.quitScene === 1 ? "removed" : "left";
}

function keyOf(
  { chatId, memberId, joinedAt }: {
    chatId: string;
    memberId: string;
    joinedAt: Date | number;
  },
): string {
  return `${chatId} ${memberId} ${second(Number(joinedAt))}`;
}

/** Two stays that began in one second are one to WeCom's API: the later counts. */
function merged(stays: readonly Stay[]): Map<string, Stay> {
  return new Map(stays.map((stay) => [keyOf(stay), stay]));
}
