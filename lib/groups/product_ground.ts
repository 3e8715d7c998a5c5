/** What `settle` stands on in a running product: Postgres and WeCom. */
import type { Queries, Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { audit } from "../audit/audit.ts";
import { chatsAround } from "../chats/around.ts";
import { createLooks, type Looks } from "../chats/looks.ts";
import { chatOfOrder } from "../chats/mirror.ts";
import { type ChatAnswer, readChat } from "../chats/read_chat.ts";
import { lockOrder } from "../orders/lock.ts";
import { userKey } from "../staff/user_id.ts";
import type { WecomClient } from "../wecom/mod.ts";
import { bind } from "./bind.ts";
import { keepAnswer } from "./chat_facts.ts";
import { LATE_MS, SKEW_MS } from "./decide.ts";
import { type Intent, peopleOf } from "./intent.ts";
import {
  intentsAround,
  intentsOf,
  noteCandidates,
  noteMissed,
} from "./intents.ts";
import { move } from "./moves.ts";
import type { Ground } from "./ground.ts";

interface GroundDeps {
  sql: Sql;
  wecom: WecomClient;
  looks: Looks;
  keep: (answer: ChatAnswer, via: string) => Promise<void>;
  now: () => number;
  log: Log;
}

function createGround(deps: GroundDeps): Ground {
  const { sql, looks, keep, now, log } = deps;

  return {
    now,
    look: (owner, since) => looks.look(owner, since),
    keep,

    async recorded(orderId) {
      const [intents, chat] = await Promise.all([
        intentsOf(sql, orderId),
        chatOfOrder(sql, orderId),
      ]);
      return { intents, chat };
    },

    async chatsFor(intents) {
      const [first] = intents;
      if (!first) return [];
      const times = intents.map(windowOf);
      return await chatsAround(sql, {
        ownerKeys: [...new Set(intents.flatMap(ownerKeysOf))],
        from: new Date(Math.min(...times.map((time) => time.from))),
        until: new Date(Math.max(...times.map((time) => time.until))),
        firstReading: Math.min(...intents.map((one) => one.openedReading)),
      });
    },

    async intentsFor(chats) {
      if (chats.length === 0) return [];
      const times = chats.map((chat) => chat.createTime);
      return await intentsAround(sql, {
        ownerKeys: chats.map((chat) => userKey(chat.ownerWxUserId)),
        from: new Date(Math.min(...times) - LATE_MS),
        until: new Date(Math.max(...times) + SKEW_MS),
      });
    },

    async read(chatId, via = "verify") {
      const answer = await readChat(deps, chatId);
      await keep(answer, via);
      return answer;
    },

    async bind(binding) {
      const done = await bind(deps, binding);
      const { orderId, cause } = binding;
      if (done) log("info", "group.bound", { orderId, via: cause.via });
      return done;
    },

    note: (intent, chatIds, ask, cause) =>
      sql.begin(async (sql) => {
        await lockOrder(sql, intent.orderId);
        const at = new Date(now());
        await noteCandidates(sql, intent, chatIds, { ask, at, cause });
      }),

    missed: (intent, since) => noteMissed(sql, intent.intentId, since),

    async end(intent, reason, cause) {
      const at = new Date(now());
      const of = { intentId: intent.intentId };
      await sql.begin(async (sql) => {
        if (intent.state === "ended") {
          const where = (sql: Queries) => sql`end_reason = 'not_asked'`;
          return void await move(sql, "learn", cause, {
            of,
            at,
            where,
            reason,
          });
        }
        if (reason === "other_group") {
          return void await move(sql, "yield", cause, { of, at, reason });
        }
        const where = (sql: Queries) => sql`expires_at <= ${at}`;
        const [ended] = await move(sql, "lapse", cause, {
          of,
          at,
          where,
          reason,
        });
        if (!ended) return;
        await audit(sql, now, {
          actor: cause.actor,
          action: "group.intent_expired",
          subject: intent.orderId,
          orderId: intent.orderId,
          outcome: "failed",
          detail: {
            intentId: intent.intentId,
            createdBy: intent.createdBy,
            reason,
          },
        });
      });
    },
  };
}

/** In a running product. */
export function groundOf(
  parts: Pick<GroundDeps, "sql" | "wecom" | "now" | "log">,
): Ground {
  const keep = (answer: ChatAnswer, via: string) =>
    keepAnswer(parts.sql, answer, via);
  return createGround({
    ...parts,
    keep,
    looks: createLooks({ ...parts, keep }),
  });
}

function windowOf({ createdAt, expiresAt }: Intent) {
  return {
    from: createdAt.getTime() - SKEW_MS,
    until: expiresAt.getTime() + LATE_MS,
  };
}

function ownerKeysOf(intent: Intent): string[] {
  return peopleOf(intent).map(userKey);
}
