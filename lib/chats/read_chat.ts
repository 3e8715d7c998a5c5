/**
 * One group as WeCom has it now: the only caller of groupchat/get (92122), and the
 * only reading of its refusals. Asking writes nothing; writing the answer down is
 * `keepAnswer`, which belongs to every way but the inbox's, whose events decide
 * whether an answer may be believed.
 */
import type { Queries, Sql } from "../store/database.ts";
import { beginReading, type Reading } from "../store/reading.ts";
import {
  CODE,
  getGroupChat,
  type GroupChat,
  isOfOne,
  type WecomClient,
  type WecomError,
} from "../wecom/mod.ts";
import { findChat, markDismissed, markRefused, saveChat } from "./mirror.ts";

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
  options: { signal?: AbortSignal } = {},
): Promise<ChatAnswer> {
  const reading = await beginReading(sql, now);
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

/**
 * Writes an answer down. Of a group that is not in the mirror a refusal is not
 * kept: there is nothing to say of it.
 */
export async function keepAnswer(
  sql: Sql,
  answer: ChatAnswer,
  via: string,
): Promise<void> {
  const { chatId, reading } = answer;
  await sql.begin(async (sql) => {
    if (answer.kind === "present") await saveChat(sql, answer.chat, reading);
    else if (!await findChat(sql, chatId)) return;
    else if (answer.kind === "dissolved") {
      await markDismissed(sql, chatId, reading, via);
    } else await markRefused(sql, chatId, reading);
  });
}
