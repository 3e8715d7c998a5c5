/** POST /api/runFlow: the flows of CONTRACT §4. */
import { requireActor } from "../../lib/auth/actor.ts";
import { flowIdOf, runFlow } from "../../lib/flows/flow.ts";
import { FLOWS } from "../../lib/flows/mod.ts";
import { methods, success } from "../../lib/http/api.ts";
import { readJsonObject } from "../../lib/http/body.ts";

export const handler = methods({
  async POST({ req, state }) {
    const { services, requestId } = state;
    const actor = await requireActor(state);
    const body = await readJsonObject(req);
    state.flowId = flowIdOf(body);
    return success(
      await runFlow(FLOWS, { services, actor, requestId }, body),
    );
  },
});
