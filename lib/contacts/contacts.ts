/**
 * A person's contacts: read when needed, matched against an order, listed, and
 * tied to an order by hand. What WeCom answers is asked as rarely as the facts
 * allow: a mirror that was once complete is used as it is; a miss asks again,
 * because an edited number may raise no event (doc 92277).
 */
import type { Sql } from "../store/database.ts";
import type { CacheStore } from "../store/cache.ts";
import type { Vault } from "../store/vault.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";
import { AppError } from "../http/errors.ts";
import {
  CODE,
  getFollowUserList,
  isLossy,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import type { ContactSync, SyncState } from "./sync.ts";
import type { Match, Matcher } from "./match.ts";
import { openEither } from "./number.ts";
import { maskPhone } from "./phone.ts";

/** A miss asks WeCom again when the mirror is older than this. */
export const MISS_REFRESH_MS = 10 * 60_000;
const REFRESHES_A_MINUTE = 20;
/** No such member, or one who left. */
const NO_MEMBER = new Set([CODE.UNKNOWN_MEMBER, CODE.MEMBER_LEFT]);

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
  peek(order: Order, wxUserId: string): Promise<FreshMatch & SyncState>;
  /** Reads the contacts again, at most 20 times a minute for a person. */
  refresh(wxUserId: string): Promise<SyncState>;
  /** Reads the contacts if they were never read completely. */
  firstRead(wxUserId: string): Promise<SyncState>;
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
  const { sql, cache, vault, wecom, sync, matcher, now } = deps;

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

  /** Somebody without a single contact may lack the right to have any. */
  async function read(wxUserId: string): Promise<SyncState> {
    const state = await sync.refresh(wxUserId).catch((error) => {
      throw isNoMember(error)
        ? new AppError("NO_CUSTOMER_CONTACT_PERMISSION", {
          msg: "企业微信里没有这个成员，或已经离职",
          cause: error,
        })
        : error;
    });
    if (state.seen > 0) return state;
    const able = await wecom.call(getFollowUserList, undefined);
    const isAble = able.wxUserIds.some((id) => isSameUser(id, wxUserId));
    if (!isAble && !isLossy(able)) {
      throw new AppError("NO_CUSTOMER_CONTACT_PERMISSION", {
        msg:
          "您还没有客户联系权限，请联系管理员在「客户联系 → 使用范围」中添加您",
      });
    }
    return state;
  }

  async function firstRead(wxUserId: string): Promise<SyncState> {
    const state = await sync.state(wxUserId);
    return isRead(state) ? state : await read(wxUserId);
  }

  /** Nobody's contacts cost nothing to read again, and may have been refused. */
  function isRead(state: SyncState): boolean {
    return state.completedAt !== null && state.expected !== 0;
  }

  /**
   * On a miss, colleagues on the order whose contacts were never read are read
   * once: somebody of them may have the customer.
   */
  async function readColleagues(order: Order, wxUserId: string) {
    const others = staffOf(order).filter((id) => !isSameUser(id, wxUserId));
    await Promise.all(others.map(async (id) => {
      try {
        if (!(await sync.state(id)).completedAt) await sync.refresh(id);
      } catch {
        // A colleague without permission must not spoil the person's answer.
      }
    }));
  }

  function isOld(state: SyncState): boolean {
    const at = state.completedAt?.getTime() ?? 0;
    return now() - at > MISS_REFRESH_MS;
  }

  return {
    refresh,
    firstRead,

    async match(order, wxUserId, { refresh: asked = false } = {}) {
      let state = await sync.state(wxUserId);
      const first = !isRead(state);
      if (asked) state = await refresh(wxUserId);
      else if (first) state = await read(wxUserId);
      let match = await matcher.match(order, wxUserId);
      if (match.status === "none" && !asked && !first && isOld(state)) {
        state = await read(wxUserId);
        match = await matcher.match(order, wxUserId);
      }
      if (match.status === "none" && match.followerIds.length === 0) {
        await readColleagues(order, wxUserId);
        match = await matcher.match(order, wxUserId);
      }
      return { ...match, syncedAt: state.completedAt };
    },

    async peek(order, wxUserId) {
      const [state, match] = await Promise.all([
        sync.state(wxUserId),
        matcher.match(order, wxUserId),
      ]);
      return { ...match, ...state, syncedAt: state.completedAt };
    },

    async follows(wxUserId, externalUserId) {
      const rows = await sql`
        select 1 from contact_follow where wx_user_id = ${userKey(wxUserId)}
          and external_user_id = ${externalUserId} and deleted_at is null`;
      return rows.length > 0;
    },

    async list(wxUserId, { cursor = "", limit }) {
      const state = await firstRead(wxUserId);
      const rows = await sql<
        { externalUserId: string; name: string; avatar: string | null }[]
      >`
        select c.external_user_id, c.name, c.avatar
        from contact_follow f join contact c using (external_user_id)
        where f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null
          and f.external_user_id > ${cursor}
        order by f.external_user_id
        limit ${limit + 1}`;
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
          phone: masked.get(row.externalUserId) ?? "",
        })),
        nextCursor: rows.length > limit ? ids.at(-1) ?? null : null,
        syncedAt: state.completedAt,
      };
    },
  };
}

function isNoMember(error: unknown): boolean {
  return error instanceof WecomError && error.errcode !== null &&
    NO_MEMBER.has(error.errcode);
}
