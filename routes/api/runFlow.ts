/** POST /api/runFlow: the flows of CONTRACT §4. */
import { requireCaller } from "../../lib/auth/actor.ts";
import { flowIdOf, runFlow } from "../../lib/flows/run.ts";
import { success } from "../../lib/http/envelope.ts";
import { methods } from "../../lib/http/methods.ts";
import { readJsonObject } from "../../lib/http/body.ts";

export const handler = methods({
  async POST({ req, state }) {
    const { services } = state;
    const caller = await requireCaller(state);
    const body = await readJsonObject(req);
    state.flowId = flowIdOf(body);
    const { flowAliases } = services.config;
    return success(await runFlow(services, caller, body, flowAliases));
  },
});
