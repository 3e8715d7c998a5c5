/** A group that somebody made by hand, and that may make a new one needless. */
import type { Queries, Sql } from "../store/database.ts";
import { customersOf } from "../contacts/customers.ts";
import type { FreshMatch } from "../contacts/contacts.ts";
import type { Offered } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import { type ChatAround, chatsAround } from "../chats/around.ts";
import { userKey } from "../staff/user_id.ts";
import { tellExisting } from "./standing_words.ts";
import { fits, LATE_MS, SKEW_MS } from "./decide.ts";
import { waitingAround } from "./intents.ts";

export interface HandMadeGroup {
  chatId: string;
  groupName: string;
  linkable: { createdAt: string; memberCount: number };
}

/**
 * The person's newest own group with these customers in it that has no order; of a
 * couple one is enough where no group has both. One that another order's creation
 * may have made, and has not reported yet, is not offered.
 */
export async function handMadeGroup(
  queries: Queries,
  owner: string,
  orderId: string,
  customers: readonly string[],
): Promise<HandMadeGroup | null> {
  const several = customers.length > 1 ? customers.map((id) => [id]) : [];
  for (const wanted of [customers, ...several]) {
    const found = await groupWithAll(queries, owner, orderId, wanted);
    if (found) return found;
  }
  return null;
}

async function groupWithAll(
  queries: Queries,
  owner: string,
  orderId: string,
  customers: readonly string[],
): Promise<HandMadeGroup | null> {
  const ownerKeys = [userKey(owner)];
  const chats = (await chatsAround(queries, {
    ownerKeys,
    from: null,
    until: null,
    firstReading: 0,
    customers,
  })).filter((chat) => chat.orderId === null);
  const [newest] = chats;
  if (!newest) return null;
  const times = chats.map((chat) => chat.createTime);
  const others = (await waitingAround(queries, {
    ownerKeys,
    from: new Date(Math.min(...times) - LATE_MS),
    until: new Date(Math.max(...times) + SKEW_MS),
  })).filter((intent) => intent.orderId !== orderId);
  const free = chats.find((chat) =>
    !others.some((intent) => fits(chat, intent))
  );
  return free ? toOffer(free) : null;
}

export type MirroredGroup = Offered & { readonly externalUserId: string };

/**
 * The same for a page that opens, of the record alone and in one statement: the
 * person's newest groups without an order that one of the order's customers is in.
 * A group that another order's creation may have made, and has not reported yet, is
 * not among them: `fits` (lib/groups/decide.ts), roughly, and rather too strictly.
 */
export async function handMadeAround(
  sql: Sql,
  order: Order,
  wxUserId: string,
): Promise<MirroredGroup[]> {
  const key = userKey(wxUserId);
  const rows = await sql<
    {
      chatId: string;
      groupName: string;
      createdAt: Date;
      memberCount: number;
      externalUserId: string;
    }[]
  >`
    with customer as materialized ${customersOf(sql, [order])}
    select k.chat_id, k.name as group_name, k.created_at,
      m.member_id as external_user_id,
      (select count(*)::int from chat_member x
        where x.chat_id = k.chat_id and x.left_at is null) as member_count
    from (select distinct external_user_id from customer) one
    join chat_member m
      on m.member_id = one.external_user_id and m.left_at is null
    join chat k using (chat_id)
    where k.order_id is null and k.dismissed_at is null
      and k.refused_at is null and lower(k.owner collate "C") = ${key}
      and not exists (
        select 1 from group_intent i
        where i.order_id <> ${order.orderId}
          and user_keys(i.user_ids) && ${[key]}::text[]
          and i.state in ('pending', 'searching', 'expired')
          and m.member_id = any(i.external_user_ids)
          and k.first_reading >= i.opened_reading
          and k.created_at >= i.created_at - ${SKEW_MS} * interval '1 ms'
          and k.created_at <= i.expires_at + ${LATE_MS} * interval '1 ms')
    order by k.created_at desc, k.chat_id`;
  return rows.map(({ createdAt, ...rest }) => ({
    ...rest,
    createdAt: createdAt.toISOString(),
    linkable: true,
    offer: tellExisting(rest.groupName, rest.memberCount),
  }));
}

/**
 * Only of who surely is the customer: others are asked about first. Of a couple's
 * groups the one with both comes first.
 */
export function offeredAtOnce(
  around: readonly MirroredGroup[],
  match: Pick<FreshMatch, "status" | "candidates"> | null,
): Offered | null {
  if (match?.status !== "matched") return null;
  const customers = new Set(match.candidates.map((one) => one.externalUserId));
  const groups = [
    ...Map.groupBy(
      around.filter((one) => customers.has(one.externalUserId)),
      (one) => one.chatId,
    ).values(),
  ];
  const most = Math.max(...groups.map((rows) => rows.length));
  const [group] = groups.find((rows) => rows.length === most) ?? [];
  if (!group) return null;
  const { externalUserId: _, ...offered } = group;
  return offered;
}

function toOffer(
  { chatId, name, createTime, members }: ChatAround,
): HandMadeGroup {
  return {
    chatId,
    groupName: name,
    linkable: {
      createdAt: new Date(createTime).toISOString(),
      memberCount: members.length,
    },
  };
}
