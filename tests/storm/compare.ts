/**
 * Our record against the world, item by item. A difference is one of:
 *
 * - `lost`: somebody wants a group for the order (did not give up for good) and
 *   we have none bound, or not the one that lives in the world; or a page showed
 *   one as done that is not recorded, or could never show the one that is. After
 *   the storm everybody came back and tapped, so there is no excuse.
 * - `doubled`: two chats that live in the world were made for one order, and the
 *   product could have known of the first when the look began, or the
 *   `group.prepare` was sent, that led to the second: WeCom showed it, or it had
 *   been reported, or its intent was another page's or live. Else nobody but the
 *   person could know, and it is counted as `excused`. A group made by hand before
 *   is not counted: the product offers it and a person may decline.
 * - `foreign`: the bound chat was not made (or adopted by a person) for this
 *   order, or it was made with other people or another name than the order's.
 * - `stale`: owner, name, members or dissolution of a bound chat differ from the
 *   world after everything was looked at again, in our record or on the page.
 * - `contacts`: mirrored contacts or their numbers differ from the world, or the
 *   mirror dropped one that was there all the time.
 * - `groups`: the same for the mirror of groups, bound or not.
 * - `history`: a stay in a bound group that is missing, invented or ends wrongly.
 * - `events`: an event of an order that is missing, told twice, or tells what
 *   the record does not say.
 * - `unasked`: a group that nobody named was bound, though another one could be
 *   the order's as well, or a person was asked already.
 * - `told`: what people were told is not so, or they were told nothing.
 * - `audit`: a binding, a dissolution or an expiry that the audit log does not
 *   tell once, or tells though it never was.
 * - `stuck`: a creation, an event or a run that never comes to its end.
 * - `crash`: an instance ended by itself, or the nightly run failed.
 */
import type { Sql } from "../../lib/store/database.ts";
import type { World } from "../../lib/sandbox/mod.ts";
import type { Company, StormOrder } from "./company.ts";
import type { Shown } from "./crowd.ts";
import type { Ledger, Made } from "./ledger.ts";

export const KINDS = [
  "lost",
  "doubled",
  "foreign",
  "stale",
  "contacts",
  "groups",
  "history",
  "events",
  "unasked",
  "told",
  "audit",
  "stuck",
  "crash",
] as const;

export type Kind = typeof KINDS[number];

export interface Difference {
  kind: Kind;
  /** An order, a person or a chat. */
  subject: string;
  detail: string;
}

export interface Groups {
  differences: Difference[];
  bound: number;
  excused: number;
  givenUp: number;
  dismissed: number;
}

interface ChatRow {
  chatId: string;
  orderId: string;
  name: string;
  owner: string;
  dismissedAt: Date | null;
  members: string[];
}

/** Each order's group. `shown` is what people saw at last. */
export async function compareGroups(
  sql: Sql,
  world: World,
  company: Company,
  ledger: Ledger,
  shown: ReadonlyMap<string, Shown>,
): Promise<Groups> {
  const differences: Difference[] = [];
  const rows = await sql<ChatRow[]>`
    select c.chat_id, c.order_id, c.name, c.owner, c.dismissed_at,
      coalesce((select array_agg(m.member_id order by m.member_id)
        from chat_member m
        where m.chat_id = c.chat_id and m.left_at is null), '{}') as members
    from chat c where c.order_id is not null`;
  const made = Map.groupBy(ledger.made, (one) => one.orderId);
  const recorded = Map.groupBy(rows, (row) => row.orderId);
  const sightings = Map.groupBy(ledger.sightings, (one) => one.orderId);
  let [bound, excused, dismissed] = [0, 0, 0];
  for (const order of company.orders) {
    const { orderId } = order;
    const add = (kind: Kind, detail: string) =>
      differences.push({ kind, subject: orderId, detail });
    const own = made.get(orderId) ?? [];
    const mine = recorded.get(orderId) ?? [];
    const alive = own.filter((one) => isAlive(world, one.chatId));
    const living = mine.filter((row) => row.dismissedAt === null);
    if (living.length > 0) bound += 1;
    if (mine.length > living.length) dismissed += 1;
    if (!ledger.givenUp.has(orderId)) {
      if (mine.length === 0) {
        add("lost", own.length > 0 ? `made ${ids(own)}` : "no group was made");
      } else if (living.length === 0 && alive.length > 0) {
        add("lost", `${ids(alive)} lives and is not bound`);
      } else if (!ledger.seen.has(orderId)) {
        add("lost", `bound, and no page could show it`);
      }
    }
    for (const { chatId } of sightings.get(orderId) ?? []) {
      if (mine.some((row) => row.chatId === chatId)) continue;
      add("lost", `a page showed ${chatId} as done`);
    }
    // That one of them was dissolved since does not make it right.
    const beside = own.filter((one) =>
      isAlive(world, one.chatId) || ledger.extra.has(one.chatId)
    );
    const doubled = beside.some((later) =>
      beside.some((first) =>
        first.chatId !== later.chatId && first.at <= later.at &&
        !isExcused(first, later, ledger)
      )
    );
    if (doubled) add("doubled", ids(beside));
    else if (beside.length > 1) excused += 1;
    for (const row of mine) {
      const reason = foreign(world, order, own, row, ledger);
      if (reason) add("foreign", `${row.chatId}: ${reason}`);
      else for (const detail of stale(world, row)) add("stale", detail);
    }
    if (mine.length > 0) {
      const { view = null } = shown.get(orderId) ?? {};
      for (const detail of staleView(world, view)) add("stale", detail);
    }
  }
  return {
    differences,
    bound,
    excused,
    givenUp: ledger.givenUp.size,
    dismissed,
  };
}

const ids = (list: readonly Made[]) =>
  list.map(({ chatId, by }) => `${chatId} by ${by}`).join(", ");

function isAlive(world: World, chatId: string): boolean {
  return world.state.chats.get(chatId)?.dismissed === false;
}

/** Nobody but the person could know of the first when the second was begun. */
function isExcused(first: Made, later: Made, ledger: Ledger): boolean {
  if (first.visibleAt < later.lookedAt) return false;
  // One live intent per order: another one is opened when this was given up.
  if (first.intentId !== later.intentId) {
    return ledger.cancelled.has(first.intentId) ||
      first.by === later.by && ledger.tookOver.has(first.orderId);
  }
  // It is one page's, until it was reported.
  if (first.page !== later.page) return false;
  const heard = ledger.acknowledged.get(first.intentId);
  return heard === undefined || heard >= later.preparedAt;
}

function foreign(
  world: World,
  order: StormOrder,
  own: readonly Made[],
  { chatId }: ChatRow,
  ledger: Ledger,
): string | null {
  if (!world.state.chats.has(chatId)) return "not in the world";
  if (chatId === order.handMade) {
    return ledger.adopted.has(order.orderId) ? null : "nobody linked it";
  }
  const made = own.find((one) => one.chatId === chatId);
  if (!made) return "made for something else";
  const { designer, manager, customer, customerName } = order;
  const people = new Set([designer, manager, made.by, customer]);
  if (new Set(made.people).symmetricDifference(people).size > 0) {
    return `made with ${made.people} instead of ${[...people]}`;
  }
  const name = `${customerName}-服务群`;
  return made.name === name ? null : `made as ${made.name} instead of ${name}`;
}

function stale(world: World, row: ChatRow): string[] {
  return differing(world, row.chatId, {
    dismissed: row.dismissedAt !== null,
    name: row.name,
    owner: row.owner,
    members: row.members,
  });
}

function staleView(world: World, view: Shown["view"]): string[] {
  if (!view?.chatId) return ["no group is shown"];
  const found = differing(world, view.chatId, {
    dismissed: view.status === "dismissed",
    name: view.groupName,
    owner: view.owner?.wxUserId ?? "",
    members: view.members.map((one) => one.memberId),
  });
  return found.map((detail) => `shown ${detail}`);
}

export interface Seen {
  dismissed: boolean;
  name: string;
  owner: string;
  members: readonly string[];
}

/** Where our picture of a chat differs from the world's. */
export function differing(world: World, chatId: string, ours: Seen): string[] {
  const chat = world.state.chats.get(chatId);
  if (!chat) return [`${chatId} is not in the world`];
  const found: string[] = [];
  const differ = (what: string, ours: unknown, theirs: unknown) => {
    if (String(ours) !== String(theirs)) {
      found.push(`${chatId} ${what}: ${ours} instead of ${theirs}`);
    }
  };
  differ("dismissed", ours.dismissed, chat.dismissed);
  if (chat.dismissed) return found;
  differ("name", ours.name, chat.name);
  differ("owner", ours.owner, chat.owner);
  const members = chat.members.map((one) => one.id).sort(byCode);
  differ("members", [...ours.members].sort(byCode), members);
  return found;
}

export const byCode = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;
