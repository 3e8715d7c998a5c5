/**
 * Looks for groups that no event told of: made by hand, or by a page that died
 * before it could report. groupchat/list answers ids only (92120), so each
 * unknown group costs one groupchat/get; the answer is kept in the mirror and
 * costs nothing next time. A look is complete when the whole list was read, and
 * every listed group that the mirror lacked: then a group that it did not show
 * is not there.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { listGroupChats, type WecomClient } from "../wecom/mod.ts";
import { createPaging } from "../wecom/paging.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import { type ChatRow } from "./mirror.ts";
import { type ChatAnswer, readChat } from "./read_chat.ts";

/**
 * A person waits: groups that do not fit into this time are left for the next
 * look.
 */
const BUDGET_MS = 4_000;
const PARALLEL = 4;
/** A group younger than this may have been read before all members were in. */
const YOUNG_MS = 10 * 60_000;
const YOUNG_RECHECK_MS = 1_500;
/** An unbound group is read again after this time, since events get lost. */
const RECHECK_MS = 24 * 60 * 60_000;
/**
 * A group that WeCom refused to show is not asked for again within this time.
 */
const REFUSED_MS = 10 * 60_000;
const MOST_REFUSED = 10_000;
/**
 * At most so many old groups are read again by one look; the night does the
 * rest.
 */
const RECHECKS_A_LOOK = 20;
/** Pages that wait for the same owner's group share a look up to this age. */
export const LOOK_AGAIN_MS = 1_500;

export interface Looks {
  /**
   * Reads the owner's groups that the mirror lacks, or shares a look that began
   * at `since` or later (ms since epoch) and did not fail. Throws WeCom's
   * errors.
   */
  look(owner: string, since: number): Promise<Looked>;
}

export interface Looked {
  /** false: the time was over before every group was read. */
  complete: boolean;
}

interface Look {
  /** ms since epoch; Infinity until the look begins. */
  began: number;
  done: Promise<Looked>;
}

export interface LookDeps {
  sql: Sql;
  wecom: WecomClient;
  /** Writes an answer down, with the events of its order. */
  keep: (answer: ChatAnswer, via: string) => Promise<void>;
  now: () => number;
  log: Log;
}

export function createLooks(deps: LookDeps): Looks {
  const { sql, wecom, keep, now, log } = deps;
  const looks = new Map<UserKey, Look>();

  /**
   * When WeCom refused to show a group that the mirror lacks, ms since epoch.
   */
  const refused = new Map<string, number>();

  function setAside(chatId: string): void {
    if (refused.size >= MOST_REFUSED) refused.clear();
    refused.set(chatId, now());
  }

  function isRecent(refusedAt: number | undefined): boolean {
    return refusedAt !== undefined && now() - refusedAt < REFUSED_MS;
  }

  async function readNew(owner: string): Promise<Looked> {
    const listed: string[] = [];
    const paging = createPaging(listGroupChats);
    let cursor: string | undefined;
    do {
      const page = await wecom.call(listGroupChats, {
        ownerWxUserIds: [owner],
        ...(cursor ? { cursor } : {}),
      });
      listed.push(...page.chats.map((chat) => chat.chatId));
      cursor = paging(page.nextCursor);
    } while (cursor);
    const ranks = await unread(listed);
    const queue = fromBothEnds(ranks);
    const deadline = now() + BUDGET_MS;
    let next = 0;
    const workers = Array.from({ length: PARALLEL }, async () => {
      while (now() < deadline) {
        const chatId = queue[next++];
        if (chatId === undefined) return;
        await read(chatId);
      }
    });
    await Promise.all(workers);
    const left = Math.max(0, queue.length - next);
    if (left > 0) {
      log("info", "chats.look_cut", { owner, total: queue.length, left });
    }
    // Old groups that are read again by turns do not make a look incomplete;
    // all others do.
    return { complete: left <= (ranks[2]?.length ?? 0) };
  }

  /**
   * Groups to read, the most urgent first: unknown ones and those announced as
   * changed; young ones; some of those that were not read for a day.
   */
  async function unread(listed: string[]): Promise<string[][]> {
    if (listed.length === 0) return [];
    const known = await sql<ChatRow[]>`
      select chat_id, order_id, created_at, synced_at, refused_at, announced
      from chat
      where chat_id = any(${listed}::text[])`;
    const rows = new Map(known.map((row) => [row.chatId, row]));
    const rank = (chatId: string): number => {
      const row = rows.get(chatId);
      if (!row) return isRecent(refused.get(chatId)) ? 3 : 0;
      if (row.orderId !== null) return 3;
      if (row.announced !== null) return 0;
      const age = now() - row.syncedAt.getTime();
      const young = now() - row.createdAt.getTime() < YOUNG_MS;
      if (young && age > YOUNG_RECHECK_MS) return 1;
      if (isRecent(row.refusedAt?.getTime())) return 3;
      return row.refusedAt !== null || age > RECHECK_MS ? 2 : 3;
    };
    const ranks: [string[], string[], string[], string[]] = [[], [], [], []];
    for (const chatId of listed) ranks[rank(chatId)]?.push(chatId);
    return [ranks[0], ranks[1], ranks[2].slice(-RECHECKS_A_LOOK)];
  }

  async function read(chatId: string): Promise<void> {
    const answer = await readChat(deps, chatId);
    // It is listed and cannot be read: WeCom's data lags, it was dissolved in
    // between, or WeCom does not show it. The owner's other groups are read all
    // the same.
    if (answer.kind !== "present") {
      const { errcode } = answer.error;
      log("info", "chats.not_read", { chatId, errcode });
      if (answer.error.remedy === "denied") setAside(chatId);
    }
    await keep(answer, "look");
  }

  return {
    look(owner, since) {
      const key = userKey(owner);
      const last = looks.get(key);
      if (last && last.began >= since) return last.done;
      // Two looks at one owner run one after the other, so that no group is
      // read twice.
      const turn = last
        ? last.done.then(() => {}, () => {})
        : Promise.resolve();
      const next: Look = {
        began: Infinity,
        done: turn.then(() => {
          next.began = now();
          return readNew(owner);
        }),
      };
      looks.set(key, next);
      next.done.catch(() => {
        if (looks.get(key) === next) looks.delete(key);
      });
      return next.done;
    },
  };
}

/**
 * The order of groupchat/list is not documented, but the newest group is at one
 * of its ends.
 */
function fromBothEnds(ranks: string[][]): string[] {
  return ranks.flatMap((ids) =>
    ids.map((_, turn) =>
      ids.at(turn % 2 === 0 ? -1 - turn / 2 : (turn - 1) / 2) ?? ""
    )
  );
}
