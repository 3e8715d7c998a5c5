/**
 * One group as WeCom has it now: the only caller of groupchat/get (92122), and
 * the only place that understands its refusals. Asking writes nothing; the
 * caller writes the answer down: mostly by `keepAnswer` of lib/groups, the
 * inbox once its events do not contradict the answer.
 */
import type { Queries } from "../store/database.ts";
import { beginReading, type Reading } from "../store/reading.ts";
import {
  CODE,
  getGroupChat,
  type GroupChat,
  isOfOne,
  type WecomClient,
  type WecomError,
} from "../wecom/mod.ts";

export type ChatAnswer =
  | { kind: "present"; chatId: string; reading: Reading; chat: GroupChat }
  | Refused;

/**
 * `dissolved`: the group is gone for good. `internal`: it is no customer group.
 * `unknown`: WeCom has no group of this id, or not yet. `hidden`: the app may
 * not see the owner, or the answer could not be understood.
 */
export interface Refused {
  kind: "dissolved" | "internal" | "unknown" | "hidden";
  chatId: string;
  reading: Reading;
  error: WecomError;
}

export interface ReadDeps {
  sql: Queries;
  wecom: WecomClient;
  now: () => number;
}

/**
 * Throws errors that are not about this group: WeCom is busy, or out of reach.
 */
export async function readChat(
  { sql, wecom, now }: ReadDeps,
  chatId: string,
  { reading: begun, ...options }: {
    signal?: AbortSignal;
    /** The reading to use, if the caller has begun one already. */
    reading?: Reading;
  } = {},
): Promise<ChatAnswer> {
  const reading = begun ?? await beginReading(sql, now);
  try {
    const chat = await wecom.call(getGroupChat, { chatId }, options);
    return { kind: "present", chatId, reading, chat };
  } catch (error) {
    if (!isOfOne(error)) throw error;
    return { kind: kindOf(error), chatId, reading, error };
  }
}

function kindOf({ errcode }: WecomError): Refused["kind"] {
  switch (errcode) {
    case CODE.GROUP_DISSOLVED:
      return "dissolved";
    case CODE.UNKNOWN_GROUP:
      return "unknown";
    case CODE.NOT_CUSTOMER_GROUP:
    case CODE.NO_CUSTOMER_GROUP:
      return "internal";
    default:
      return "hidden";
  }
}
