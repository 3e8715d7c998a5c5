/** GET /WW_verify_….txt: the proof that the domain is ours (FACTS §10). */
import { HttpError } from "fresh";
import { define } from "../lib/http/state.ts";

export const handler = define.handlers({
  GET(ctx) {
    const { wwVerify } = ctx.state.services.config;
    const content = wwVerify.get(ctx.params.proof ?? "");
    if (content === undefined) throw new HttpError(404);
    return new Response(content, {
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  },
});
