/**
 * One group as WeCom has it now: the only caller of groupchat/get (92122), and the
 * only reading of its refusals. Asking writes nothing: whoever asked writes the
 * answer down, most by `keepAnswer` of the room of groups; the inbox only once its
 * events let the answer be believed.
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
 * `dissolved`: it is no more, and does not come back. `internal`: it is no
 * customer group. `unknown`: WeCom has none of this id, or not yet. `hidden`:
 * its owner is not shown to the app, or the answer was not understood.
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

/** Throws what WeCom answers of more than this one group: busy, out of reach. */
export async function readChat(
  { sql, wecom, now }: ReadDeps,
  chatId: string,
  { reading: begun, ...options }: {
    signal?: AbortSignal;
    /** The reading that this is, where it has begun already. */
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
