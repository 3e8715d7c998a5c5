/**
 * The moment a chat becomes an order's group: verified with WeCom, then bound
 * in one transaction. Whatever races with it meets the unique index (one living
 * group per order) or the chat's own order_id.
 */
import { type Sql, sqlState, UNIQUE_VIOLATION } from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import { audit } from "../audit/audit.ts";
import { AppError } from "../http/errors.ts";
import {
  CODE,
  type GroupChat,
  isLossy,
  type WecomClient,
} from "../wecom/mod.ts";
import { chatOfOrder, findChat } from "../chats/mirror.ts";
import { readChat } from "../chats/read_chat.ts";
import { decideCustomer } from "../contacts/decisions.ts";
import { keepAnswer, keepReading } from "./chat_facts.ts";
import type { Intent } from "./intents.ts";
import { lockOrder } from "../orders/lock.ts";
import { check, type Expected, type Refusal } from "./verify.ts";

/** WeCom's own data lags behind a creation, "e.g. 2 seconds" (doc 96338). */
const WAITS_MS = [250, 500, 1_000, 1_750, 2_500];
/** A chat older than this does not lag any more. */
const LAG_MS = 60_000;
/** Waiting does not help. */
const FINAL: ReadonlySet<number | null> = new Set([
  CODE.GROUP_DISSOLVED,
  CODE.NOT_CUSTOMER_GROUP,
  CODE.NO_CUSTOMER_GROUP,
]);

export type Verdict =
  | { kind: "fits"; chat: GroupChat; reading: Reading }
  | {
    kind: "refused";
    refusal: Refusal;
    final: boolean;
    /** WeCom's own code, where it did not show the chat. */
    errcode: number | null;
  };

export interface VerifyDeps {
  sql: Sql;
  wecom: WecomClient;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/**
 * Asks WeCom for the chat until it fits, at most for some 6 s. `final` tells
 * that asking later cannot change the verdict. Throws other WeCom errors; what
 * they say of the chat is in the mirror then.
 */
export async function verify(
  { sql, wecom, now, sleep }: VerifyDeps,
  chatId: string,
  expected: Expected,
  waits: readonly number[] = WAITS_MS,
): Promise<Verdict> {
  for (let turn = 0;; turn++) {
    const verdict = await ask();
    const wait = waits[turn];
    if (verdict.kind === "fits" || verdict.final || wait === undefined) {
      return verdict;
    }
    await sleep(wait);
  }

  async function ask(): Promise<Verdict> {
    const answer = await readChat({ sql, wecom, now }, chatId);
    if (answer.kind !== "present") {
      await keepAnswer(sql, answer, "verify");
      const { errcode, remedy } = answer.error;
      if (remedy !== "gone") throw answer.error;
      const final = FINAL.has(errcode);
      const refusal = { reason: "unknown" } as const;
      return { kind: "refused", refusal, final, errcode };
    }
    const { chat, reading } = answer;
    const refusal = check(chat, expected);
    if (!refusal) return { kind: "fits", chat, reading };
    // Who is missing may be in a row that could not be read.
    const settled = now() - chat.createTime > LAG_MS && !isLossy(chat);
    const final = refusal.reason === "foreign_owner" ||
      refusal.reason === "missing_members" && settled;
    return { kind: "refused", refusal, final, errcode: null };
  }
}

type MadeFor = "createdBy" | "customerExternalUserId";

export interface Binding {
  orderId: string;
  /** The intent it fulfils; null for a group made by hand. */
  intentId: string | null;
  chat: GroupChat;
  reading: Reading;
  /** Who caused it, for the audit log. */
  actor: string;
  via: string;
}

/**
 * Binds; doing it again changes nothing. Throws CHAT_BOUND_TO_OTHER_ORDER and
 * GROUP_ALREADY_EXISTS.
 */
export async function bind(
  { sql, now }: { sql: Sql; now: () => number },
  { orderId, intentId, chat, reading, actor, via }: Binding,
): Promise<void> {
  const at = new Date(now());
  try {
    await sql.begin(async (sql) => {
      await lockOrder(sql, orderId);
      await keepReading(sql, chat, reading, { via });
      const [bound] = await sql`
        update chat set order_id = ${orderId}, bound_at = ${at}
        where chat_id = ${chat.chatId} and order_id is null returning 1`;
      if (!bound) {
        const row = await findChat(sql, chat.chatId);
        if (row?.orderId !== orderId) {
          throw new AppError("CHAT_BOUND_TO_OTHER_ORDER");
        }
      }
      // Whatever else was on its way for this order has come to its end.
      const ended = await sql<Pick<Intent, "intentId" | MadeFor>[]>`
        update group_intent set updated_at = ${at},
          state = case when intent_id = ${intentId}
            then 'active' else 'cancelled' end,
          chat_id = case when intent_id = ${intentId}
            then ${chat.chatId} else chat_id end
        where order_id = ${orderId}
          and (state in ('pending', 'searching') or intent_id = ${intentId})
        returning intent_id, created_by, customer_external_user_id`;
      if (bound) {
        const made = ended.find((intent) => intent.intentId === intentId);
        if (made) {
          await decideCustomer(sql, {
            orderId,
            externalUserId: made.customerExternalUserId,
            source: "group",
            wxUserId: made.createdBy,
          }, at);
        }
        await audit(sql, now, {
          actor,
          action: "group.bound",
          subject: orderId,
          outcome: "done",
          detail: { chatId: chat.chatId, intentId, via },
        });
      }
    });
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    const existing = await chatOfOrder(sql, orderId);
    throw new AppError("GROUP_ALREADY_EXISTS", {
      details: existing &&
        { chatId: existing.chatId, groupName: existing.name },
      cause: error,
    });
  }
}
