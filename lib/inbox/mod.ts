/**
 * The inbox of WeCom's callbacks: verified, stored, answered at once, and worked
 * off afterwards. WeCom waits 5 s and tries three times in all (90930), so the
 * answer waits for the insert and for nothing else. Events say that something
 * changed; what it is now is read from WeCom, once for all events of a chat or
 * contact.
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { Log } from "../http/log.ts";
import type { WecomClient } from "../wecom/mod.ts";
import type { CallbackEvent } from "../wecom/callback/event.ts";
import type { Fields } from "../wecom/callback/xml.ts";
import { type Backlog, readBacklog } from "./backlog.ts";
import { readChat } from "./chat_events.ts";
import { readContact } from "./contact_events.ts";
import { type DeadLetter, listDead, replay } from "./dead_letter.ts";
import { NOTHING, type Outcome } from "./outcome.ts";
import { type Arrived, createQueue, type Task } from "./queue.ts";
import { createStore } from "./store.ts";
import { createWorker } from "./worker.ts";

export type { Backlog } from "./backlog.ts";
export type { DeadLetter } from "./dead_letter.ts";

/** Events that are settled are of use for looking back only. */
const KEEP_MS = 30 * 24 * 60 * 60_000;

export interface Inbox {
  /** false: it was there and brings no work. Throws when it could not be stored. */
  store(fields: Fields, event: CallbackEvent): Promise<boolean>;
  /** Works off what is due, in the background; cheap when there is nothing. */
  kick(options?: { urgent?: boolean }): void;
  /** Works off what is due now, for cron. Returns how many subjects it settled. */
  work(): Promise<number>;
  /** How much waits, and since when. */
  backlog(): Promise<Backlog>;
  /** What was given up on, newest first; at most 100 unless told. */
  listDead(options?: { limit?: number }): Promise<DeadLetter[]>;
  /** Starts a dead letter again; false when there is no such. */
  replay(taskId: string): Promise<boolean>;
  /** Removes events settled more than 30 days ago, for cron. Returns how many. */
  prune(): Promise<number>;
  /** Before the database closes. */
  stop(): Promise<void>;
}

export interface InboxDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  now: () => number;
  random: () => number;
  uuid: () => string;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  log: Log;
}

export function createInbox(deps: InboxDeps): Inbox {
  const { sql, now } = deps;
  const queue = createQueue(deps);
  const worker = createWorker({
    ...deps,
    queue,
    read: (task) => read(deps, task),
  });
  return {
    store: createStore(deps),
    kick: worker.kick,
    work: worker.work,
    stop: worker.stop,
    backlog: () => readBacklog(deps),
    listDead: ({ limit = 100 } = {}) => listDead(sql, { limit }),
    async replay(taskId) {
      const found = await replay(sql, taskId, now());
      if (found) worker.resume();
      return found;
    },
    prune: () => queue.prune(now() - KEEP_MS),
  };
}

/** All events of a task are of one subject. */
async function read(
  deps: InboxDeps,
  { events, claimed }: Task,
): Promise<Outcome> {
  const [first] = events;
  if (!first) {
    if (claimed.length === 0) return NOTHING;
    throw new Error("This program cannot read the events; is it older?");
  }
  return first.kind === "chat"
    ? await readChat(deps, first.chatId, events.filter(ofChat))
    : await readContact(deps, first.externalUserId, events.filter(ofContact));
}

function ofChat(event: Arrived): event is Extract<Arrived, { kind: "chat" }> {
  return event.kind === "chat";
}

function ofContact(
  event: Arrived,
): event is Extract<Arrived, { kind: "contact" }> {
  return event.kind === "contact";
}
