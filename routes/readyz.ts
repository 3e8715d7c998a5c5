/** GET /readyz: database, KV and token are usable; 503 names what is not. */
import { methods } from "../lib/http/api.ts";
import { readiness } from "../lib/http/readiness.ts";

export const handler = methods({
  GET: (ctx) => readiness(ctx.state.services, ctx.state.requestId),
});
