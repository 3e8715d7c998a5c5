/**
 * Events that could not be settled, for operators: read, and started again.
 * Beside `deno task dead-letters`, since an embedded database belongs to the
 * running server.
 */
import { flow } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { DeadLetter } from "./schemas.ts";
import { AppError } from "../http/errors.ts";
import type { Inbox } from "../inbox/mod.ts";
import { z } from "zod";

export const deadLettersList = flow<{ inbox: Inbox }>()({
  summary: "处理失败的企业微信事件（运营）",
  who: RIGHTS.oversee,
  input: z.object({}),
  output: z.object({ deadLetters: z.array(DeadLetter) }),
  changes: false,
  async run({ deps: { inbox } }) {
    const dead = await inbox.listDead();
    return {
      deadLetters: dead.map(({ events, diedAt, ...letter }) => ({
        ...letter,
        diedAt: diedAt.toISOString(),
        events: events.map(({ eventId, receivedAt, fields }) => ({
          eventId,
          receivedAt: new Date(receivedAt).toISOString(),
          event: String(fields.Event ?? ""),
          changeType: String(fields.ChangeType ?? ""),
        })),
      })),
    };
  },
});

export const deadLettersReplay = flow<{ inbox: Inbox }>()({
  summary: "重新处理一个失败的事件（运营）",
  who: RIGHTS.oversee,
  input: z.object({ taskId: z.string().regex(/^\d{1,18}$/) }),
  output: z.object({ success: z.literal(true) }),
  changes: true,
  detail: ({ taskId }) => ({ taskId }),
  async run({ deps: { inbox }, audited }, { taskId }) {
    if (!await inbox.replay(taskId, audited)) {
      throw new AppError("NOT_FOUND", { msg: "没有这个事件" });
    }
    inbox.kick({ urgent: true });
    return { success: true as const };
  },
});
