/**
 * Reads a person's contacts, and tells who has no right to have any: WeCom
 * answers an empty list to those, too (doc 92571 lists who has the right). Its
 * answer is remembered for a while, so that pages need not ask; a tap asks
 * again.
 */
import type { CacheStore } from "../store/cache.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";
import { AppError, isAppError } from "../http/errors.ts";
import { toAppError } from "../http/to_app_error.ts";
import {
  CODE,
  getFollowUserList,
  isLossy,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import type { ContactSync, SyncState } from "./sync.ts";

/**
 * For how long it is remembered that somebody has no contacts, or no right to have
 * any: most operators and managers. Who gets the right meanwhile taps.
 */
const REMEMBERED_MS = 10 * 60_000;
/** No such member, or one who left. */
const NO_MEMBER = new Set([CODE.UNKNOWN_MEMBER, CODE.MEMBER_LEFT]);

/** The last answer; a refusal is repeated as it was. */
type LastWord =
  | { none: true }
  | Pick<AppError<"NO_CUSTOMER_CONTACT_PERMISSION">, "msg" | "details">;

export interface ContactReader {
  /**
   * Reads them all, unless that was done since `known` was found. Throws
   * NO_CUSTOMER_CONTACT_PERMISSION, and what WeCom says.
   */
  read(wxUserId: string, known?: SyncState): Promise<SyncState>;
  /**
   * Reads a colleague's, for whose sake nobody is told of a missing right; false:
   * they were read before, or could not be a moment ago.
   */
  readColleague(wxUserId: string, state: SyncState): Promise<boolean>;
  /** Whether WeCom said a moment ago that there are none to read. */
  hasNone(wxUserId: string): Promise<boolean>;
  /** Whether WeCom said a moment ago that there are none. */
  isNobodys(wxUserId: string, state: SyncState): Promise<boolean>;
  /**
   * Whether a page may use the mirror as it is. Throws what WeCom refused with a
   * moment ago.
   */
  isRead(wxUserId: string, state: SyncState): Promise<boolean>;
}

/** If there are no contacts, the person may lack the right. */
export function hasContacts(state: SyncState): boolean {
  return state.completedAt !== null && state.expected !== 0;
}

export function createContactReader({ cache, wecom, sync, now }: {
  cache: CacheStore;
  wecom: WecomClient;
  sync: ContactSync;
  now: () => number;
}): ContactReader {
  async function readMember(
    wxUserId: string,
    known?: SyncState,
  ): Promise<SyncState> {
    return await sync.refresh(wxUserId, known).catch((error) => {
      throw isNoMember(error)
        ? new AppError("NO_CUSTOMER_CONTACT_PERMISSION", {
          msg: "企业微信里没有这位员工，或已经离职",
          cause: error,
        })
        : error;
    });
  }

  async function readPermitted(
    wxUserId: string,
    known?: SyncState,
  ): Promise<SyncState> {
    const state = await readMember(wxUserId, known);
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

  /** If the cache loses it, WeCom is asked once more. */
  async function remember(wxUserId: string, said: LastWord): Promise<void> {
    const word = JSON.stringify(said);
    const until = now() + REMEMBERED_MS;
    await cache.set(placeOf(wxUserId), word, until).catch(() => {});
  }

  async function remembering(
    wxUserId: string,
    work: () => Promise<SyncState>,
  ): Promise<SyncState> {
    try {
      const state = await work();
      if (state.seen === 0) await remember(wxUserId, { none: true });
      return state;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (isAppError(error, "NO_CUSTOMER_CONTACT_PERMISSION")) {
        const { msg, details } = error;
        await remember(wxUserId, { msg, details });
      }
      throw thrown;
    }
  }

  async function lastWord(wxUserId: string): Promise<LastWord | null> {
    const kept = await cache.get(placeOf(wxUserId)).catch(() => null);
    return kept && JSON.parse(kept.value);
  }

  return {
    read: (wxUserId, known) =>
      remembering(wxUserId, () => readPermitted(wxUserId, known)),

    async readColleague(wxUserId, state) {
      if (state.completedAt !== null) return false;
      if (await lastWord(wxUserId) !== null) return false;
      await remembering(wxUserId, () => readMember(wxUserId, state));
      return true;
    },

    async hasNone(wxUserId) {
      return await lastWord(wxUserId) !== null;
    },

    async isNobodys(wxUserId, state) {
      const said = hasContacts(state) ? null : await lastWord(wxUserId);
      return said !== null && "none" in said;
    },

    async isRead(wxUserId, state) {
      if (hasContacts(state)) return true;
      const said = await lastWord(wxUserId);
      if (said === null || "none" in said) return said !== null;
      throw new AppError("NO_CUSTOMER_CONTACT_PERMISSION", said);
    },
  };
}

function placeOf(wxUserId: string): string {
  return `contacts-said:${userKey(wxUserId)}`;
}

function isNoMember(error: unknown): boolean {
  return error instanceof WecomError && error.errcode !== null &&
    NO_MEMBER.has(error.errcode);
}
