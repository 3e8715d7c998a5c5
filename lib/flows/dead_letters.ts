/**
 * Events that could not be settled, for operators: read, and started again.
 * Beside `deno task dead-letters`, since an embedded database belongs to the
 * running server.
 */
import { requireOverseer } from "./access.ts";
import { flow } from "./flow.ts";
import { DeadLetter } from "./schemas.ts";
import { AppError } from "../http/errors.ts";
import { z } from "zod";

export const deadLettersList = flow({
  summary: "处理失败的企业微信事件（运营）",
  input: z.object({}),
  output: z.object({ deadLetters: z.array(DeadLetter) }),
  changes: false,
  async run({ services, actor }) {
    requireOverseer(actor);
    const dead = await services.inbox.listDead();
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

export const deadLettersReplay = flow({
  summary: "重新处理一个失败的事件（运营）",
  input: z.object({ taskId: z.string().regex(/^\d{1,18}$/) }),
  output: z.object({ success: z.literal(true) }),
  changes: true,
  async run({ services, actor }, { taskId }) {
    requireOverseer(actor);
    const { inbox } = services;
    if (!await inbox.replay(taskId)) {
      throw new AppError("NOT_FOUND", { msg: "没有这个失败的事件" });
    }
    inbox.kick({ urgent: true });
    return { success: true as const };
  },
});
