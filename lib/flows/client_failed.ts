/** A failure that only the phone saw, as the page tells it. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { Done } from "./schemas.ts";
import {
  type FailureDeps,
  keepClientFailure,
} from "../audit/client_failure.ts";
import { z } from "zod";

export const clientFailed = flow<FailureDeps>()({
  summary: "上报只有手机看到的失败",
  who: RIGHTS.useAsStaff,
  input: z.object({
    orderId: Id.optional(),
    attempt: Id.optional(),
    api: z.string().describe("the client's function that failed"),
    errMsg: z.string().describe("as the client said it; cut at 500 characters"),
    client: z.string().describe("which client, of which version"),
  }),
  output: Done,
  // Its row in the audit log is its own: one that is refused writes none.
  changes: false,
  async run({ deps, actor, requestId }, { orderId, attempt, ...said }) {
    await keepClientFailure(deps, actor, {
      orderId: orderId ?? null,
      attempt: attempt ?? null,
      requestId,
      ...said,
    });
    return { success: true as const };
  },
});
