/**
 * What people were told. An order never ends silently: it ends with a group, with
 * a question, or with the reason why there is none; another group of it that
 * lives is told of while it has one, and asked about when it has none.
 */
import type { World } from "../../lib/sandbox/mod.ts";
import type { Company } from "./company.ts";
import type { Difference } from "./compare.ts";
import type { Shown } from "./crowd.ts";
import { count, type Ledger, type Made } from "./ledger.ts";

export function compareTold(
  world: World,
  company: Company,
  ledger: Ledger,
  shown: ReadonlyMap<string, Shown>,
): Difference[] {
  const made = Map.groupBy(ledger.made, (one) => one.orderId);
  const asked = askedAbout(shown);
  return company.orders.flatMap(({ orderId }) => {
    const { view = null, problem = null } = shown.get(orderId) ?? {};
    const own = made.get(orderId) ?? [];
    const found = view?.status === "active"
      ? untoldTwins(world, own, view, asked)
      : view || isExplained(problem) || !ledger.launched.has(orderId)
      ? []
      : [`ended silently: ${problem?.error ?? "no answer"}`];
    return found.map((detail): Difference => ({
      kind: "told",
      subject: orderId,
      detail,
    }));
  });
}

/** What pages said or did against what the server could know. */
export function compareMisled({ misled }: Ledger): Difference[] {
  return misled.map(({ orderId: subject, detail }) => ({
    kind: "told",
    subject,
    detail,
  }));
}

function isExplained(problem: Shown["problem"]): boolean {
  const { reason } = (problem?.details ?? {}) as { reason?: string };
  return problem?.error === "GROUP_NOT_FOUND" && reason !== undefined;
}

/** Groups that people of some order are asked about, which has none by now. */
function askedAbout(shown: ReadonlyMap<string, Shown>): string[] {
  return [...shown.values()].flatMap(({ problem }) => {
    const { candidates = [] } = (problem?.details ?? {}) as {
      candidates?: { chatId: string }[];
    };
    return candidates.map((one) => one.chatId);
  });
}

/**
 * Living groups that were made for the order besides the one it has. Another
 * order of the same people that lost its group may be asked about one: nobody is
 * told to dissolve it then.
 */
function untoldTwins(
  world: World,
  own: readonly Made[],
  { chatId, twins = [] }: NonNullable<Shown["view"]>,
  asked: readonly string[],
): string[] {
  const told = new Set([...asked, ...twins.map((one) => one.chatId)]);
  const missed = own.filter((one) =>
    one.chatId !== chatId && !told.has(one.chatId) && isWhole(world, one)
  ).map((one) => `${one.chatId} lives beside its group, and nobody is told`);
  const dead = twins.filter((one) =>
    world.state.chats.get(one.chatId)?.dismissed !== false
  ).map((one) => `${one.chatId} is told of beside its group, and is gone`);
  return [...missed, ...dead];
}

/** It lives, and everybody it was made with is in it. */
function isWhole(world: World, { chatId, people }: Made): boolean {
  const chat = world.state.chats.get(chatId);
  if (!chat || chat.dismissed) return false;
  const present = new Set(chat.members.map((one) => one.id));
  return people.every((id) => present.has(id)) && people.includes(chat.owner);
}

/**
 * Of each order that has two living groups, the one that people know is
 * dissolved, and no event tells it. Whose group is gone while another one lives
 * is open again: people come back, and must be asked.
 */
export function loseGroups(world: World, ledger: Ledger): void {
  const { chats } = world.state;
  const made = Map.groupBy(ledger.made, (one) => one.orderId);
  for (const [orderId, chatId] of [...ledger.seen]) {
    const others = (made.get(orderId) ?? []).filter((one) =>
      one.chatId !== chatId && isWhole(world, one)
    );
    if (others.length === 0) continue;
    if (chats.get(chatId)?.dismissed === false) {
      count(ledger.faults, "group dissolved beside another one");
      world.chatDismissed({ chatId });
      ledger.extra.add(chatId);
    }
    ledger.seen.delete(orderId);
  }
}
