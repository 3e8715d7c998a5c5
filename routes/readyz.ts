/** GET /readyz: can this process serve? Also tells the state of every other part. */
import { methods } from "../lib/http/methods.ts";
import { answerReadiness } from "../lib/http/readiness.ts";

export const handler = methods({
  GET: async ({ state: { services, requestId } }) =>
    answerReadiness(await services.readiness(), requestId),
});
