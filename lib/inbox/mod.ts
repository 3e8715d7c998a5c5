/**
 * The inbox of WeCom's callbacks: verified, stored, answered at once, and worked
 * off afterwards. WeCom waits 5 s and tries three times in all (90930), so the
 * answer waits for the insert and for nothing else. Events say that something
 * changed; what it is now is read from WeCom, once for all events of a chat or
 * contact.
 */
import type { Audited } from "../audit/audit.ts";
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { Log } from "../http/log.ts";
import type { Ground } from "../groups/ground.ts";
import type { WecomClient } from "../wecom/mod.ts";
import type { CallbackEvent } from "../wecom/callback/event.ts";
import type { Fields } from "../wecom/callback/xml.ts";
import type { Arrived } from "./arrived.ts";
import { type Backlog, readBacklog } from "./backlog.ts";
import { settleChat } from "./chat_events.ts";
import { type AppLife, lastAppLife, tellAppLife } from "./app_events.ts";
import { readContact } from "./contact_events.ts";
import { type DeadLetter, listDead, replay } from "./dead_letter.ts";
import { createSeats, holdUntilGivenUp } from "./hold.ts";
import { readMember } from "./member_events.ts";
import { NOTHING, type Outcome } from "./outcome.ts";
import { createTaskQueue, type Task } from "./task_queue.ts";
import { createEventStore } from "./store_events.ts";
import { dropCodes } from "./welcome_code.ts";
import { createWorker } from "./worker.ts";

export type { Backlog } from "./backlog.ts";
export { isAlarming } from "./app_events.ts";
export type { AppLife } from "./app_events.ts";
export type { DeadLetter } from "./dead_letter.ts";

/** Events that are settled are of use for looking back only. */
const KEEP_MS = 30 * 24 * 60 * 60_000;

export interface Inbox {
  /**
   * false: the event was stored before and there is nothing to do. Throws when
   * it could not be stored within 4.5 s of `arrivedAt` (by default now).
   */
  store(
    fields: Fields,
    event: CallbackEvent,
    arrivedAt?: number,
  ): Promise<boolean>;
  /**
   * Waits until WeCom has given up the request that came at `arrivedAt`, or
   * until a stop.
   */
  hold(arrivedAt: number): Promise<void>;
  /** Works off what is due, in the background; cheap when there is nothing. */
  kick(options?: { urgent?: boolean }): void;
  /** Works off what is due now, for cron. Returns how many subjects it settled. */
  workOff(): Promise<number>;
  /** How much waits, and since when. */
  backlog(): Promise<Backlog>;
  /** Tasks that were given up, newest first; by default at most 100. */
  listDead(options?: { limit?: number }): Promise<DeadLetter[]>;
  /** Starts a dead letter again; false when there is no such. */
  replay(taskId: string, audited?: Audited): Promise<boolean>;
  /** Removes events settled more than 30 days ago, for cron. Returns how many. */
  prune(): Promise<number>;
  /** The last event of the app itself; null: there was none. */
  appLife(): Promise<AppLife | null>;
  /**
   * At the signal to stop: requests that wait are answered immediately, and no
   * new work begins. Events that are being stored still are, until the database
   * closes.
   */
  stop(): Promise<void>;
}

export interface InboxDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  /** For `settle`, of orders that wait for a chat. */
  ground: Ground;
  now: () => number;
  random: () => number;
  uuid: () => string;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  log: Log;
}

export function createInbox(deps: InboxDeps): Inbox {
  const { sql, now, sleep } = deps;
  const stopping = new AbortController();
  const seats = createSeats(stopping.signal);
  const queue = createTaskQueue(deps);
  const worker = createWorker({
    ...deps,
    queue,
    read: (task) => read(deps, task),
  });
  return {
    store: createEventStore({ ...deps, seats }),
    hold: (arrivedAt) => holdUntilGivenUp({ seats, now, sleep }, arrivedAt),
    kick: worker.kick,
    async workOff() {
      await dropCodes(sql, now());
      return await worker.workOff();
    },
    appLife: () => lastAppLife(sql),
    async stop() {
      stopping.abort();
      await worker.stop();
    },
    backlog: () => readBacklog(deps),
    listDead: ({ limit = 100 } = {}) => listDead(sql, { limit }),
    async replay(taskId, audited) {
      const found = await replay(sql, taskId, now(), audited);
      if (found) worker.resume();
      return found;
    },
    prune: () => queue.prune(now() - KEEP_MS),
  };
}

/** All events of a task have the same subject. */
async function read(
  deps: InboxDeps,
  { events, claimed }: Task,
): Promise<Outcome> {
  const [first] = events;
  if (!first) {
    if (claimed.length === 0) return NOTHING;
    throw new Error("This program cannot read the events; is it older?");
  }
  const { kind } = first;
  switch (kind) {
    case "chat":
      return await settleChat(deps, first.chatId, ofKind(events, kind));
    case "contact":
      return await readContact(
        deps,
        first.externalUserId,
        ofKind(events, kind),
      );
    case "member":
      return await readMember(deps, first.wxUserId, ofKind(events, kind));
    case "app":
      return tellAppLife(deps.log, ofKind(events, kind));
  }
}

function ofKind<K extends Arrived["kind"]>(
  events: readonly Arrived[],
  kind: K,
): Extract<Arrived, { kind: K }>[] {
  return events.filter((event): event is Extract<Arrived, { kind: K }> =>
    event.kind === kind
  );
}
