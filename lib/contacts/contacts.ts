/**
 * A person's contacts: read when needed, matched against an order, and listed.
 * WeCom is asked as rarely as possible: a mirror that was complete once is used
 * as it is, and only a miss asks again, because an edited number may raise no
 * event (doc 92277).
 */
import type { Sql } from "../store/database.ts";
import type { CacheStore } from "../store/cache.ts";
import type { Vault } from "../store/vault.ts";
import { literal } from "../store/literal.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";
import { AppError } from "../http/errors.ts";
import { toAppError } from "../http/to_app_error.ts";
import type { WecomClient } from "../wecom/mod.ts";
import type { ContactSync, SyncProgress, SyncState } from "./sync.ts";
import type { Match, Matcher } from "./match.ts";
import { openEither } from "./number.ts";
import { hideNumbers, maskPhone } from "./phone.ts";
import {
  type ContactReader,
  createContactReader,
  hasContacts,
} from "./read_contacts.ts";

/**
 * If nobody matches and the mirror is older than this, WeCom is asked again.
 */
export const MISS_REFRESH_MS = 10 * 60_000;
const REFRESHES_A_MINUTE = 20;

export interface FreshMatch extends Match {
  syncedAt: Date | null;
}

export interface ListedContact {
  externalUserId: string;
  name: string;
  /** Masked; empty when no number is written down. */
  phone: string;
  avatar: string | null;
}

export interface Contacts {
  /**
   * Matches against the mirror. The first match waits for the first sync, a
   * miss on an old mirror for a new one; `refresh` asks WeCom in any case.
   */
  match(
    order: Order,
    wxUserId: string,
    options?: { refresh?: boolean | undefined },
  ): Promise<FreshMatch>;
  /** The match as the mirror has it, without a call to WeCom. */
  peek(order: Order, wxUserId: string): Promise<FreshMatch>;
  /**
   * Who else of the order has its customer; contacts of theirs that were never
   * read are read. Nothing is asked about the person's own.
   */
  ofColleagues(order: Order, wxUserId: string): Promise<FreshMatch>;
  /**
   * The same for who is not on the order, when `error` says that the person has
   * no right to customers; null: it stays an error. `known`: the match as it was
   * a moment ago.
   */
  besidesOwn(
    order: Order,
    wxUserId: string,
    error: unknown,
    known?: FreshMatch,
  ): Promise<FreshMatch | null>;
  isRead: ContactReader["isRead"];
  hasNone: ContactReader["hasNone"];
  /** Reads the contacts again, at most 20 times a minute for a person. */
  refresh(wxUserId: string): Promise<SyncState>;
  /** Reads the contacts if they were never read completely; for a tap. */
  firstRead(wxUserId: string): Promise<SyncState>;
  /**
   * The same for a page, which nobody asked to try again: throws what WeCom
   * refused with in the last ten minutes.
   */
  readOnce(wxUserId: string): Promise<SyncState>;
  /** How far the reading is that goes on in this process; null: none does. */
  progress(wxUserId: string): SyncProgress | null;
  /** Whether the mirror says that this person follows this contact. */
  follows(wxUserId: string, externalUserId: string): Promise<boolean>;
  /** By id, `limit` at a time; waits for the first sync. */
  list(
    wxUserId: string,
    page: { cursor?: string | undefined; limit: number },
  ): Promise<
    {
      contacts: ListedContact[];
      nextCursor: string | null;
      syncedAt: Date | null;
    }
  >;
}

export function createContacts(deps: {
  sql: Sql;
  cache: CacheStore;
  vault: Vault;
  wecom: WecomClient;
  sync: ContactSync;
  matcher: Matcher;
  now: () => number;
}): Contacts {
  const { sql, cache, vault, sync, matcher, now } = deps;
  const { read, readColleague, isRead, hasNone, isNobodys } =
    createContactReader(deps);

  async function refresh(wxUserId: string): Promise<SyncState> {
    const { count, resetAt } = await cache.hit(
      `contacts-refresh:${userKey(wxUserId)}`,
      60_000,
    );
    if (count > REFRESHES_A_MINUTE) {
      const retryAfterSeconds = Math.max(
        1,
        Math.ceil((resetAt - now()) / 1000),
      );
      throw new AppError("RATE_LIMITED", {
        msg: `刷新太频繁，请 ${retryAfterSeconds} 秒后再试`,
        retryAfterSeconds,
      });
    }
    return await read(wxUserId);
  }

  async function firstRead(wxUserId: string): Promise<SyncState> {
    const state = await sync.state(wxUserId);
    const isKnown = hasContacts(state) || await isNobodys(wxUserId, state);
    return isKnown ? state : await read(wxUserId, state);
  }

  async function readOnce(wxUserId: string): Promise<SyncState> {
    const state = await sync.state(wxUserId);
    return await isRead(wxUserId, state) ? state : await read(wxUserId, state);
  }

  /**
   * If nobody matches, reads the contacts of colleagues on the order that were
   * never read: one of them may have the customer. false: all had been read.
   */
  async function readColleagues(
    order: Order,
    wxUserId: string,
  ): Promise<boolean> {
    const others = staffOf(order).filter((id) => !isSameUser(id, wxUserId));
    const read = await Promise.all(others.map(async (id) => {
      try {
        return await readColleague(id, await sync.state(id));
      } catch {
        // An error of a colleague's must not spoil the person's answer. Some
        // pages may have been read.
        return true;
      }
    }));
    return read.includes(true);
  }

  async function ofColleagues(
    order: Order,
    wxUserId: string,
  ): Promise<FreshMatch> {
    const match = await matcher.match(order, wxUserId);
    if (match.followers.length > 0) return fresh(match);
    return await readColleagues(order, wxUserId)
      ? fresh(await matcher.match(order, wxUserId))
      : fresh(match);
  }

  /** Whoever is on the order has to be told that the right is missing. */
  async function besidesOwn(
    order: Order,
    wxUserId: string,
    error: unknown,
    known?: FreshMatch,
  ): Promise<FreshMatch | null> {
    const isOnOrder = staffOf(order).some((id) => isSameUser(id, wxUserId));
    const { error: name } = toAppError(error);
    if (isOnOrder || name !== "NO_CUSTOMER_CONTACT_PERMISSION") return null;
    const match = known && known.followers.length > 0
      ? known
      : await ofColleagues(order, wxUserId);
    if (match.followers.length === 0) return null;
    // Old contacts of their own are none to choose from.
    return {
      ...match,
      status: "none",
      candidates: [],
      without: [],
      suggestions: [],
    };
  }

  async function matchOwn(
    order: Order,
    wxUserId: string,
    asked: boolean,
  ): Promise<FreshMatch> {
    const look = () => matcher.match(order, wxUserId);
    let match = asked ? null : await look();
    if (match === null) await refresh(wxUserId);
    else if (
      !hasContacts(match.sync) && !await isNobodys(wxUserId, match.sync) ||
      match.status === "none" && isOld(match.sync)
    ) {
      await read(wxUserId, match.sync);
      match = null;
    }
    match ??= await look();
    if (match.status === "none" && match.followers.length === 0) {
      if (await readColleagues(order, wxUserId)) match = await look();
    }
    return fresh(match);
  }

  function isOld(state: SyncState): boolean {
    const at = state.completedAt?.getTime() ?? 0;
    return now() - at > MISS_REFRESH_MS;
  }

  return {
    refresh,
    firstRead,
    readOnce,
    progress: (wxUserId) => sync.progress(wxUserId),

    ofColleagues,
    besidesOwn,

    async match(order, wxUserId, { refresh: asked = false } = {}) {
      try {
        return await matchOwn(order, wxUserId, asked);
      } catch (error) {
        const match = await besidesOwn(order, wxUserId, error);
        if (match === null) throw error;
        return match;
      }
    },

    async peek(order, wxUserId) {
      return fresh(await matcher.match(order, wxUserId));
    },

    isRead,
    hasNone,

    async follows(wxUserId, externalUserId) {
      const rows = await sql`
        select 1 from contact_follow where wx_user_id = ${userKey(wxUserId)}
          and external_user_id = ${externalUserId} and deleted_at is null`;
      return rows.length > 0;
    },

    async list(wxUserId, { cursor = "", limit }) {
      const state = await readOnce(wxUserId);
      const rows = await sql<
        { externalUserId: string; name: string; avatar: string | null }[]
      >`
        select c.external_user_id, c.name, c.avatar
        from contact_follow f
        -- Each by its key: far down, a join reads all contacts before the page.
        cross join lateral (
          select * from contact
          where contact.external_user_id = f.external_user_id limit 1) c
        where f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null
          and f.external_user_id > ${cursor}
        order by f.external_user_id
        limit ${literal(sql, limit + 1)}`;
      const page = rows.slice(0, limit);
      const ids = page.map((row) => row.externalUserId);
      const phones = ids.length === 0 ? [] : await sql<
        { externalUserId: string; phone: string }[]
      >`
        select external_user_id,
          min(phone_hash || ' ' || phone_sealed) as phone
        from contact_phone
        where wx_user_id = ${userKey(wxUserId)}
          and external_user_id in ${sql(ids)}
        group by external_user_id`;
      const masked = new Map(phones.map((row) => [
        row.externalUserId,
        maskPhone(openEither(vault, row.externalUserId, row.phone)),
      ]));
      return {
        contacts: page.map((row) => ({
          ...row,
          name: hideNumbers(row.name),
          phone: masked.get(row.externalUserId) ?? "",
        })),
        nextCursor: rows.length > limit ? ids.at(-1) ?? null : null,
        syncedAt: state.completedAt,
      };
    },
  };
}

function fresh(match: Match): FreshMatch {
  return { ...match, syncedAt: match.sync.completedAt };
}
