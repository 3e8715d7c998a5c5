/**
 * What people did and saw, written by the harness beside the world. The world
 * does not know for which order a chat was made; this does.
 */
export interface Made {
  orderId: string;
  chatId: string;
  /** Who ran openEnterpriseChat. */
  by: string;
  intentId: string;
  /** The page that it was made from. */
  page: string;
  /** World time. */
  at: number;
  /** When the chat could be read through the API: later by WeCom's lag. */
  visibleAt: number;
  /** When the `group.prepare` that led here was sent. */
  preparedAt: number;
  /** When the last look before it was asked for. */
  lookedAt: number;
  /** Who was put into it, and its name: what the product had prepared. */
  people: string[];
  name: string;
}

export interface Ledger {
  made: Made[];
  /** Orders whose group a person saw as done, with the chat the page named. */
  seen: Map<string, string>;
  /** Each time that a page showed a group as done. */
  sightings: { orderId: string; chatId: string }[];
  /** Orders that somebody gave up for good. */
  givenUp: Set<string>;
  /** Orders whose hand-made group a person linked. */
  adopted: Set<string>;
  /** Groups that people made in the storm for no order. */
  byHand: string[];
  /** Intents that a person gave up. */
  cancelled: Set<string>;
  /** When the server first answered a report of this intent, world time. */
  acknowledged: Map<string, number>;
  /** Orders of which somebody told that the group shall be made. */
  launched: Set<string>;
  /** Orders that somebody took over from another page of their own. */
  tookOver: Set<string>;
  /** Groups that were dissolved while, or because, the order had another one. */
  extra: Set<string>;
  /** Groups whose events get lost from now on. */
  silenced: Set<string>;
  /** Dissolved groups of which the server was asked since. */
  gone: Set<string>;
  /** What pages said or did that was not true, and that the server could know. */
  misled: { orderId: string; detail: string }[];
  /** Contacts that a complete reading did not have, though they are there. */
  vanished: Set<string>;
  /** What people did, by kind. */
  steps: Map<string, number>;
  /** What went wrong by our doing, by kind. */
  faults: Map<string, number>;
  /** Problems that pages showed, by name. */
  shown: Map<string, number>;
  /** What each person saw and did, a line each, for whoever looks for a cause. */
  diary(line: string): void;
}

export function createLedger(diary: (line: string) => void): Ledger {
  return {
    diary,
    made: [],
    seen: new Map(),
    sightings: [],
    givenUp: new Set(),
    adopted: new Set(),
    byHand: [],
    cancelled: new Set(),
    acknowledged: new Map(),
    launched: new Set(),
    tookOver: new Set(),
    extra: new Set(),
    silenced: new Set(),
    gone: new Set(),
    misled: [],
    vanished: new Set(),
    steps: new Map(),
    faults: new Map(),
    shown: new Map(),
  };
}

export function count(tally: Map<string, number>, kind: string, by = 1): void {
  tally.set(kind, (tally.get(kind) ?? 0) + by);
}
