/** GET /api/openapi.json: made of the schemas that validate. */
import { methods } from "../../lib/http/methods.ts";
import { openApi } from "../../lib/flows/openapi.ts";

export const handler = methods({
  GET: ({ state }) =>
    Response.json(openApi(state.services.config.publicOrigin)),
});
