/** POST /api/contacts/sync: reads the person's contacts and tells how far it is. */
import { z } from "zod";
import { requireActor } from "../../../lib/auth/actor.ts";
import { syncProgress } from "../../../lib/contacts/progress.ts";
import { methods } from "../../../lib/http/methods.ts";
import { parse, readJsonObject } from "../../../lib/http/body.ts";

const Body = z.object({ refresh: z.boolean().default(false) });

export const handler = methods({
  async POST({ req, state }) {
    const actor = await requireActor(state);
    const { refresh } = parse(Body, await readJsonObject(req));
    return syncProgress(state.services, actor.wxUserId, refresh);
  },
});
