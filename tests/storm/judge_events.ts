/**
 * The events of an order against the record that they tell of, pure. Events are
 * only added, in the transaction of the change, so read in the order in which
 * they were written they must lead to what the record says now, step by step.
 */
import type { OrderEventKind } from "../../lib/orders/events.ts";

export interface Told {
  orderId: string;
  kind: OrderEventKind;
  chatId: string | null;
  intentId: string | null;
  via: string | null;
  detail: Record<string, unknown>;
}

export interface IntentFacts {
  intentId: string;
  orderId: string;
  state: string;
  chatId: string | null;
  reported: boolean;
  launched: boolean;
  asked: boolean;
  endReason: string | null;
}

export interface ChatFacts {
  chatId: string;
  /** Whose group it is. */
  orderId: string | null;
  owner: string;
  dismissed: boolean;
  /** Who is in it. */
  members: readonly string[];
}

/** One intent: prepared once, one end for each that ended, open in between. */
export function judgeIntent(
  intent: IntentFacts,
  events: readonly Told[],
): string[] {
  const own = events.filter((one) => one.intentId === intent.intentId);
  const found: string[] = [];
  const times = (kind: OrderEventKind) =>
    own.filter((one) => one.kind === kind).length;
  let at: "unknown" | "open" | "ended" | "bound" = "unknown";
  let reason: unknown = null;
  for (const event of own) {
    const { kind } = event;
    const next = kind === "bound"
      ? "bound"
      : kind === "ended"
      ? "ended"
      : kind === "prepared" || kind === "asked" ||
          kind === "reported" || kind === "retracted"
      ? "open"
      : null;
    if (next === null) continue;
    if (at === "unknown" && kind !== "prepared") {
      found.push(`${kind} before it was prepared`);
    }
    if (kind === "ended") {
      // WeCom could not be asked at its end: what it said later is told, too.
      const learnt = at === "ended" && reason === "not_asked";
      if (at !== "open" && !learnt) found.push(`ended while ${at}`);
      reason = event.detail["reason"];
    }
    if (at === "ended" && (kind === "asked" || kind === "retracted")) {
      found.push(`${kind} after its end`);
    }
    // What is the order's stays, though it may be told again.
    if (at !== "bound" || next === "bound") at = next;
    else found.push(`${kind} after it was bound`);
  }
  if (times("prepared") !== 1) {
    found.push(`prepared ${times("prepared")} times`);
  }
  const state = STATES[intent.state] ?? "unknown";
  if (at !== state) found.push(`is ${intent.state}, told as ${at}`);
  else if (state === "ended" && reason !== intent.endReason) {
    found.push(`ended as ${reason} instead of ${intent.endReason}`);
  }
  if (intent.launched && times("asked") === 0 && times("reported") === 0) {
    found.push("launched untold");
  }
  if (intent.reported && times("reported") === 0) found.push("reported untold");
  if (intent.asked && times("question_asked") === 0) {
    found.push("a question was asked untold");
  }
  return found.map((what) => `${intent.intentId} ${what}`);
}

const STATES: Readonly<Record<string, "open" | "ended" | "bound">> = {
  pending: "open",
  searching: "open",
  active: "bound",
  cancelled: "ended",
  expired: "ended",
};

/**
 * Once a person is asked which group it is, nothing else decides: not a name
 * that changed, not a group that is gone. A person's link does, or a report that
 * names the group: one that was stored, or one of a chat that `madeBy` knows to
 * come of this creation. `alike`: chats that a complete look cannot tell apart, so
 * that a person had to be asked.
 */
export function judgeQuestions(
  events: readonly Told[],
  alike: readonly { chatId: string }[] = [],
  madeBy: ReadonlyMap<string, string> = new Map(),
): string[] {
  const found: string[] = [];
  const twins = new Set<string | null>(alike.map((one) => one.chatId));
  const asked = new Set<string>();
  const reported = new Set<string>();
  for (const { kind, intentId, chatId, via, detail } of events) {
    if (intentId === null) continue;
    if (kind === "question_asked") asked.add(intentId);
    if (kind === "reported") reported.add(`${intentId} ${chatId}`);
    if (kind !== "bound" || via === "link") continue;
    if (reported.has(`${intentId} ${chatId}`)) continue;
    const isTheirs = chatId !== null && madeBy.get(chatId) === intentId;
    if (detail["evidence"] === "report" && isTheirs) continue;
    if (asked.has(intentId)) {
      found.push(`${chatId} was bound by ${via} while a person was asked`);
    } else if (twins.has(chatId)) {
      found.push(`${chatId} was bound by ${via}, and nobody was asked`);
    }
  }
  return found;
}

/** Each binding told once, and its end; the same for a dissolution. */
export function judgeBinding(
  orderId: string,
  chat: ChatFacts,
  events: readonly Told[],
): string[] {
  const { chatId } = chat;
  const own = events.filter((one) => one.chatId === chatId);
  const found: string[] = [];
  let bound = false;
  let dismissed = false;
  for (const { kind } of own) {
    if (kind === "bound") {
      if (bound) found.push("was bound twice");
      bound = true;
      dismissed = false;
    } else if (kind === "unbound") {
      if (!bound) found.push("was unbound, though not bound");
      bound = false;
    } else if (!bound && OF_BOUND.has(kind)) {
      found.push(`${kind}, though it was not the order's`);
    } else if (kind === "dismissed") {
      if (dismissed) found.push("was dismissed twice");
      dismissed = true;
    }
  }
  const isBound = chat.orderId === orderId;
  if (bound && !isBound) found.push("was bound and is not any more");
  if (!bound && isBound) found.push("was bound untold");
  if (isBound && bound && dismissed !== chat.dismissed) {
    found.push(dismissed ? "was told as dismissed" : "was dismissed untold");
  }
  return found.map((what) => `${chatId} ${what}`);
}

const OF_BOUND: ReadonlySet<OrderEventKind> = new Set([
  "dismissed",
  "owner_changed",
  "renamed",
  "joined",
  "left",
  "customer_joined",
]);

/** Who came and went while the chat was the order's, and who has it. */
export function judgeMembers(
  chat: ChatFacts,
  events: readonly Told[],
): string[] {
  const found: string[] = [];
  const present = new Map<string, boolean>();
  let owner: string | null = null;
  for (const { kind, chatId, detail } of events) {
    if (chatId !== chat.chatId) continue;
    if (kind === "owner_changed") {
      const from = String(detail["from"]);
      if (owner !== null && from !== owner) {
        found.push(`had the owner ${owner}, not ${from}`);
      }
      owner = String(detail["to"]);
    }
    if (kind !== "joined" && kind !== "left") continue;
    const memberId = String(detail["memberId"]);
    if (present.get(memberId) === (kind === "joined")) {
      found.push(`${memberId} ${kind} twice`);
    }
    present.set(memberId, kind === "joined");
  }
  if (chat.dismissed) return found.map((what) => `${chat.chatId} ${what}`);
  if (owner !== null && owner !== chat.owner) {
    found.push(`has the owner ${chat.owner}, told as ${owner}`);
  }
  const inIt = new Set(chat.members);
  for (const [memberId, told] of present) {
    if (told !== inIt.has(memberId)) {
      found.push(
        `${memberId} is ${told ? "not " : ""}in it, told otherwise`,
      );
    }
  }
  return found.map((what) => `${chat.chatId} ${what}`);
}
