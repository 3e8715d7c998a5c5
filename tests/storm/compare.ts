/**
 * Our record against the world, item by item. A difference is one of:
 *
 * - `lost`: somebody wants a group for the order (did not give up for good) and
 *   we have none bound that lives, whether one lives in the world or not. After
 *   the storm everybody came back and tapped, so there is no excuse.
 * - `doubled`: two chats that live in the world were made for one order, and
 *   the `group.prepare` that led to the second was sent when WeCom's API showed
 *   the first: the product could have known and let a person make another. If
 *   the first was still within WeCom's lag, nobody but the person could know;
 *   that is counted as `excused`. A group made by hand before is not counted:
 *   the product offers it and a person may decline.
 * - `foreign`: the bound chat is not one that was made (or adopted by a person)
 *   for this order, or it began without the order's people.
 * - `stale`: owner, name, members or dissolution of a bound chat differ from
 *   the world after everything was looked at again.
 * - `contacts`: a designer's mirrored contacts or their numbers differ from the
 *   world, or the mirror dropped one that was there all the time.
 */
import type { Sql } from "../../lib/store/database.ts";
import type { Vault } from "../../lib/store/vault.ts";
import { normalisePhones } from "../../lib/contacts/phone.ts";
import type { World } from "../../lib/sandbox/mod.ts";
import type { Company, StormOrder } from "./company.ts";
import type { Ledger, Made } from "./ledger.ts";

export type Kind = "lost" | "doubled" | "foreign" | "stale" | "contacts";

export interface Difference {
  kind: Kind;
  /** An order, or a person. */
  subject: string;
  detail: string;
}

export interface Compared {
  differences: Difference[];
  bound: number;
  excused: number;
  givenUp: number;
  dismissed: number;
  contacts: number;
}

interface ChatRow {
  chatId: string;
  orderId: string;
  name: string;
  owner: string;
  dismissedAt: Date | null;
  members: string[];
}

export async function compareGroups(
  sql: Sql,
  world: World,
  company: Company,
  ledger: Ledger,
): Promise<Omit<Compared, "contacts">> {
  const differences: Difference[] = [];
  const rows = await sql<ChatRow[]>`
    select c.chat_id, c.order_id, c.name, c.owner, c.dismissed_at,
      coalesce((select array_agg(m.member_id order by m.member_id)
        from chat_member m
        where m.chat_id = c.chat_id and m.left_at is null), '{}') as members
    from chat c where c.order_id is not null`;
  const made = Map.groupBy(ledger.made, (one) => one.orderId);
  let [bound, excused, dismissed] = [0, 0, 0];
  for (const order of company.orders) {
    const { orderId } = order;
    const add = (kind: Kind, detail: string) =>
      differences.push({ kind, subject: orderId, detail });
    const own = made.get(orderId) ?? [];
    const mine = rows.filter((row) => row.orderId === orderId);
    const living = mine.filter((row) => row.dismissedAt === null);
    if (living.length > 0) bound += 1;
    if (mine.length > living.length) dismissed += 1;
    const wanted = !ledger.givenUp.has(orderId);
    if (wanted && mine.length === 0) {
      add("lost", own.length > 0 ? `made ${ids(own)}` : "no group was made");
    }
    const alive = own.filter((one) => isAlive(world, one.chatId));
    const doubled = alive.find((later) =>
      alive.some((first) =>
        first.chatId !== later.chatId && first.visibleAt < later.preparedAt
      )
    );
    if (doubled) add("doubled", ids(alive));
    else if (alive.length > 1) excused += 1;
    for (const row of mine) {
      const reason = foreign(world, order, own, row);
      if (reason) add("foreign", `${row.chatId}: ${reason}`);
      else for (const detail of stale(world, row)) add("stale", detail);
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

function foreign(
  world: World,
  order: StormOrder,
  own: readonly Made[],
  row: ChatRow,
): string | null {
  if (!world.state.chats.has(row.chatId)) return "not in the world";
  const ours = row.chatId === order.handMade ||
    own.some((one) => one.chatId === row.chatId);
  return ours ? null : "made for something else";
}

function stale(world: World, row: ChatRow): string[] {
  const chat = world.state.chats.get(row.chatId);
  if (!chat) return [];
  const found: string[] = [];
  const differ = (what: string, ours: unknown, theirs: unknown) => {
    if (String(ours) !== String(theirs)) {
      found.push(`${row.chatId} ${what}: ${ours} instead of ${theirs}`);
    }
  };
  differ("dismissed", row.dismissedAt !== null, chat.dismissed);
  if (chat.dismissed) return found;
  differ("name", row.name, chat.name);
  differ("owner", row.owner, chat.owner);
  const members = chat.members.map((one) => one.id).sort(byCode);
  differ("members", [...row.members].sort(byCode), members);
  return found;
}

const byCode = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;

/** What the mirror says is gone, though it was there all the time. */
export async function droppedContacts(
  sql: Sql,
  world: World,
): Promise<Difference[]> {
  const rows = await sql<{ wxUserId: string; externalUserId: string }[]>`
    select wx_user_id, external_user_id from contact_follow
    where deleted_at is not null`;
  return rows.filter((row) =>
    world.state.follows.get(row.wxUserId)?.has(row.externalUserId)
  ).map((row): Difference => ({
    kind: "contacts",
    subject: row.wxUserId,
    detail: `dropped ${row.externalUserId}, who is there`,
  }));
}

/** Every contact and number of every designer, after a last reading. */
export async function compareContacts(
  sql: Sql,
  vault: Vault,
  world: World,
  company: Company,
): Promise<{ differences: Difference[]; contacts: number }> {
  const rows = await sql<
    { wxUserId: string; externalUserId: string; hashes: string[] }[]
  >`
    select f.wx_user_id, f.external_user_id,
      coalesce((select array_agg(p.phone_hash) from contact_phone p
        where p.wx_user_id = f.wx_user_id
          and p.external_user_id = f.external_user_id), '{}') as hashes
    from contact_follow f where f.deleted_at is null`;
  const mirrored = Map.groupBy(rows, (row) => row.wxUserId);
  const differences: Difference[] = [];
  for (const wxUserId of company.designers) {
    const differ = (detail: string) =>
      differences.push({ kind: "contacts", subject: wxUserId, detail });
    const follows = world.state.follows.get(wxUserId) ?? new Map();
    const ours = new Map(
      (mirrored.get(wxUserId) ?? []).map((row) => [row.externalUserId, row]),
    );
    for (const [id, follow] of follows) {
      const row = ours.get(id);
      const numbers: string[] = follow.remarkMobiles.flatMap(normalisePhones);
      const hashes = [...new Set(numbers.map(vault.index))].sort(byCode);
      if (!row) differ(`lacks ${id}`);
      else if (String(row.hashes.sort(byCode)) !== String(hashes)) {
        differ(`other numbers of ${id}`);
      }
    }
    for (const id of ours.keys()) {
      if (!follows.has(id)) differ(`still has ${id}`);
    }
  }
  return { differences, contacts: rows.length };
}
