/**
 * Looks for groups that we were not told of: made by hand, or made by a page
 * that died before it could report. groupchat/list answers ids only (doc
 * 92120), so each unknown group costs one groupchat/get; what was read is kept
 * in the mirror and costs nothing next time.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { listGroupChats, type WecomClient } from "../wecom/mod.ts";
import { createPaging } from "../wecom/paging.ts";
import type { ChatRow } from "../chats/mirror.ts";
import { readChat } from "../chats/read_chat.ts";
import { keepAnswer } from "./chat_facts.ts";
import type { Intent } from "./intents.ts";
import { distinctUsers, type UserKey, userKey } from "../staff/user_id.ts";
import { SKEW_MS } from "./verify.ts";

/** A person waits: what does not fit into this time is left for the next look. */
const BUDGET_MS = 4_000;
const AT_ONCE = 4;
/** A group this young may have answered before its members were in. */
const YOUNG_MS = 10 * 60_000;
const YOUNG_RECHECK_MS = 1_500;
/** Members of an unbound group may change without our hearing of it. */
const RECHECK_MS = 24 * 60 * 60_000;
/** What WeCom may not show is not asked for with every look. */
const REFUSED_MS = 10 * 60_000;
const MOST_REFUSED = 10_000;
/** The nightly run reads the rest again. */
const RECHECKS_A_LOOK = 20;
/** A client whose screen stayed open may make the group after the lease. */
const LATE_MS = 24 * 60 * 60_000;
/** Pages that wait for the same owner's group share a look of this age. */
export const LOOK_AGAIN_MS = 1_500;

export interface Fitting {
  /** One of these people owns it. */
  owners: readonly string[];
  /** All of these are in it: staff, and customers by their exact ids. */
  staff: readonly string[];
  customers: readonly string[];
  /** Made no earlier and no later; null for any time. */
  since: Date | null;
  until: Date | null;
  /** Number of a reading: what had been seen before it does not fit. */
  unknownAt: string;
}

/** What the group of an intent must look like. */
export function wantedBy(intent: Intent): Fitting {
  return {
    owners: distinctUsers([intent.createdBy, ...intent.userIds]),
    staff: intent.userIds,
    customers: intent.externalUserIds,
    since: new Date(intent.createdAt.getTime() - SKEW_MS),
    // What the same people make days afterwards did not come of it.
    until: new Date(intent.expiresAt.getTime() + LATE_MS),
    unknownAt: intent.openedReading,
  };
}

export interface Discovery {
  /**
   * Reads the owner's groups that the mirror lacks, or shares a look that began
   * at `since` or later (ms since epoch). One that failed does not count.
   * Throws what WeCom answers.
   */
  look(owner: string, since: number): Promise<void>;
  /** Unbound living groups in the mirror that fit, newest first. */
  fitting(wanted: Fitting): Promise<(ChatRow & { memberCount: number })[]>;
}

interface Look {
  /** Infinity until its turn comes. */
  began: number;
  done: Promise<void>;
}

export function createDiscovery(deps: {
  sql: Sql;
  wecom: WecomClient;
  now: () => number;
  log: Log;
}): Discovery {
  const { sql, wecom, now, log } = deps;
  const looks = new Map<UserKey, Look>();

  /** When WeCom refused to show them, ms since epoch: those the mirror lacks. */
  const refused = new Map<string, number>();

  function setAside(chatId: string): void {
    if (refused.size >= MOST_REFUSED) refused.clear();
    refused.set(chatId, now());
  }

  function isRecent(refusedAt: number | undefined): boolean {
    return refusedAt !== undefined && now() - refusedAt < REFUSED_MS;
  }

  async function readNew(owner: string): Promise<void> {
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
    const queue = fromBothEnds(await unread(listed));
    const deadline = now() + BUDGET_MS;
    const total = queue.length;
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (
        let chatId = queue.shift();
        chatId !== undefined && now() < deadline;
        chatId = queue.shift()
      ) await read(chatId);
    });
    await Promise.all(workers);
    if (queue.length > 0) {
      log("info", "groups.look_cut", { owner, total, left: queue.length });
    }
  }

  /** Unknown or announced as changed; young; some of those not read for a day. */
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
    const answer = await readChat({ sql, wecom, now }, chatId);
    if (answer.kind !== "present") {
      // Listed but not to be had: it lags, was dissolved in between, or WeCom
      // does not show this one. The owner's others are looked at all the same.
      const { errcode, remedy } = answer.error;
      log("info", "groups.not_read", { chatId, errcode });
      if (remedy === "denied") setAside(chatId);
    }
    await keepAnswer(sql, answer, "look");
  }

  return {
    look(owner, since) {
      const key = userKey(owner);
      const last = looks.get(key);
      if (last && last.began >= since) return last.done;
      // One after the other: what both would read is read once.
      const turn = last ? last.done.catch(() => {}) : Promise.resolve();
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

    async fitting({ ...wanted }) {
      return await fittingChats(sql, wanted);
    },
  };
}

export async function fittingChats(
  queries: Queries,
  { owners, staff, customers, since, until, unknownAt }: Fitting,
): Promise<(ChatRow & { memberCount: number })[]> {
  return await queries<(ChatRow & { memberCount: number })[]>`
    select c.*, (
      select count(*)::int from chat_member m
      where m.chat_id = c.chat_id and m.left_at is null
    ) as member_count
    from chat c
    where lower(c.owner collate "C") = any(${owners.map(userKey)}::text[])
      and c.order_id is null
      and c.dismissed_at is null and c.refused_at is null
      and c.first_reading >= ${unknownAt}
      ${since ? queries`and c.created_at >= ${since}` : queries``}
      ${until ? queries`and c.created_at <= ${until}` : queries``}
      and not exists (
        select 1 from unnest(${[...customers]}::text[]) as wanted (id)
        where not exists (
          select 1 from chat_member m where m.chat_id = c.chat_id
            and m.member_id = wanted.id and m.left_at is null))
      and not exists (
        select 1 from unnest(${staff.map(userKey)}::text[]) as wanted (key)
        where not exists (
          select 1 from chat_member m where m.chat_id = c.chat_id
            and m.type = 'member' and m.left_at is null
            and lower(m.member_id collate "C") = wanted.key))
    order by c.created_at desc, c.chat_id`;
}

/** The order of groupchat/list is not documented: the newest is at one end. */
function fromBothEnds(ranks: string[][]): string[] {
  return ranks.flatMap((ids) =>
    ids.map((_, turn) =>
      ids.at(turn % 2 === 0 ? -1 - turn / 2 : (turn - 1) / 2) ?? ""
    )
  );
}
