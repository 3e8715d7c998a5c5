/** A group that somebody made by hand, and that may make a new one needless. */
import type { Queries } from "../store/database.ts";
import { type ChatAround, chatsAround } from "../chats/around.ts";
import { userKey } from "../staff/user_id.ts";
import { fits, LATE_MS, SKEW_MS } from "./decide.ts";
import { waitingAround } from "./intents.ts";

export interface HandMadeGroup {
  chatId: string;
  groupName: string;
  linkable: { createdAt: string; memberCount: number };
}

/**
 * The person's newest own group with these customers in it that has no order; of a
 * couple one is enough where no group has both. One that another order's creation may have made, and has not reported yet, is
 * not offered.
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
