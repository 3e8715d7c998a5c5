/**
 * What the phone still has to tell the server, kept where a killed page does
 * not lose it: before the client is asked for a group the intent is noted, and
 * its answer stays here until `group.record` acknowledged it. Ids only, no
 * personal data. Bounded, forgotten after a week (long enough for a weekend, a
 * holiday, a phone that was off), and a browser that refuses storage only loses
 * this safety net.
 */
import { isSameUser } from "../staff/user_id.ts";

export interface OutboxEntry {
  intentId: string;
  /** The client answered; without it, the client was only asked. */
  made: boolean;
  chatId: string | null;
  /** Milliseconds since the epoch. */
  at: number;
  /**
   * wxUserId of whoever made it: somebody else on the same device could only
   * be refused. Entries of an earlier version lack it.
   */
  by?: string;
}

/** A report as it was sent; with `made` false, a question that was given up. */
export type Sent =
  & Pick<OutboxEntry, "intentId" | "chatId">
  & Partial<Pick<OutboxEntry, "made">>;

/** One person's entries; those of others are neither seen nor touched. */
export interface Outbox {
  put(orderId: string, entry: Omit<OutboxEntry, "at" | "by">): void;
  get(orderId: string): OutboxEntry | null;
  /** Every order with an entry that the server has not acknowledged. */
  waiting(): [orderId: string, entry: OutboxEntry][];
  /** With `sent`, only that: another tab may have put something newer. */
  drop(orderId: string, sent?: Sent): void;
}

const KEY = "group-outbox";
const KEPT_MS = 7 * 24 * 3600_000;
const KEPT = 20;

/** Read anew for each change, since all tabs share the storage. */
export function createOutbox(
  storage: () => Pick<Storage, "getItem" | "setItem">,
  now: () => number,
  viewer: string,
): Outbox {
  function read(): [string, OutboxEntry][] {
    try {
      const entries: unknown = JSON.parse(storage().getItem(KEY) ?? "[]");
      return (entries as [string, OutboxEntry][]).filter(([, { at }]) =>
        at > now() - KEPT_MS
      );
    } catch {
      return [];
    }
  }

  const isMine = ([, { by }]: [string, OutboxEntry]) =>
    !by || isSameUser(by, viewer);

  function replace(orderId: string, ...entries: [string, OutboxEntry][]) {
    const others = read().filter((one) => one[0] !== orderId || !isMine(one));
    try {
      storage().setItem(
        KEY,
        JSON.stringify([...others, ...entries].slice(-KEPT)),
      );
    } catch {
      // A full or forbidden storage: the server still finds the group itself.
    }
  }

  const get = (orderId: string) =>
    read().find((one) => one[0] === orderId && isMine(one))?.[1] ?? null;

  return {
    put(orderId, entry) {
      // Asking again must not lose an answer that another tab still has to tell.
      const kept = get(orderId);
      if (!entry.made && kept?.made) return;
      const same = kept?.intentId === entry.intentId;
      if (!entry.chatId && same && kept.chatId) return;
      replace(orderId, [orderId, { ...entry, at: now(), by: viewer }]);
    },
    get,
    waiting: () => read().filter((one) => one[1].made && isMine(one)),
    drop(orderId, sent) {
      const kept = get(orderId);
      if (
        !sent ||
        kept?.intentId === sent.intentId && kept.chatId === sent.chatId &&
          kept.made === (sent.made ?? true)
      ) replace(orderId);
    },
  };
}
