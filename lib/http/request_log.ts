/** One line of the log for each request, and the id by which it is found again. */
import type { Middleware } from "fresh";
import { hideMobiles } from "../contacts/masked.ts";
import type { Log } from "./log.ts";
import { withHeaders } from "./security_headers.ts";
import type { State } from "./state.ts";

/** A proxy's id for the request, if it looks like one: it ends up in logs. */
export function clientRequestIdOf(headers: Headers): string | null {
  const given = headers.get("x-request-id") ?? "";
  return /^[\w.-]{8,64}$/.test(given) ? given : null;
}

export function requestLog(log: Log, now: () => number): Middleware<State> {
  return async function requestLog(ctx) {
    ctx.state.requestId = crypto.randomUUID();
    ctx.state.clientRequestId = clientRequestIdOf(ctx.req.headers);
    const begun = now();
    const response = await ctx.next();
    // What open pages and probes ask again and again.
    const quiet = response.status < 400 &&
      (ctx.state.flowId === "order.watch" ||
        /^\/(healthz|readyz|_fresh|app\.css|sandbox)/.test(ctx.url.pathname));
    log(quiet ? "debug" : "info", "request", {
      requestId: ctx.state.requestId,
      ...ctx.state.clientRequestId &&
        { clientRequestId: ctx.state.clientRequestId },
      method: ctx.req.method,
      // The path only: codes, states and signatures travel in the query. And
      // anybody may type a number where an order's id belongs.
      path: hideMobiles(ctx.url.pathname),
      status: response.status,
      ms: Math.round(now() - begun),
      ...who(ctx.state),
      ...(response.status < 400 ? {} : ctx.state.refusal),
    });
    return withHeaders(response, { "x-request-id": ctx.state.requestId });
  };
}

/** Who asked for which flow: two lines with the same path are told apart. */
function who({ actor, session, flowId }: State): Record<string, string> {
  const wxUserId = actor?.wxUserId ?? session?.wxUserId;
  return { ...(flowId && { flowId }), ...(wxUserId && { actor: wxUserId }) };
}
