/**
 * What the phone still has to tell the server, kept where a killed page does
 * not lose it: before the client is asked for a group the intent is noted, and
 * its answer stays here until `group.record` acknowledged it. Ids only, no
 * personal data. Bounded, forgotten after a day (an intent is long over then),
 * and a browser that refuses storage only loses this safety net.
 */
export interface OutboxEntry {
  intentId: string;
  /** The client answered; without it, the client was only asked. */
  made: boolean;
  chatId: string | null;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface Outbox {
  put(orderId: string, entry: Omit<OutboxEntry, "at">): void;
  get(orderId: string): OutboxEntry | null;
  /** Every order with an entry that the server has not acknowledged. */
  waiting(): [orderId: string, entry: OutboxEntry][];
  drop(orderId: string): void;
}

const KEY = "group-outbox";
const KEPT_MS = 24 * 3600_000;
const KEPT = 20;

export function createOutbox(
  storage: () => Pick<Storage, "getItem" | "setItem">,
  now: () => number,
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

  function replace(orderId: string, ...entries: [string, OutboxEntry][]) {
    const others = read().filter(([id]) => id !== orderId);
    try {
      storage().setItem(
        KEY,
        JSON.stringify([...others, ...entries].slice(-KEPT)),
      );
    } catch {
      // A full or forbidden storage: the server still finds the group itself.
    }
  }

  return {
    put: (orderId, entry) =>
      replace(orderId, [orderId, { ...entry, at: now() }]),
    get: (orderId) => read().find(([id]) => id === orderId)?.[1] ?? null,
    waiting: () => read().filter(([, { made }]) => made),
    drop: (orderId) => replace(orderId),
  };
}
