/**
 * The server side of the simulated client: `POST /sandbox/client/<step>` with
 * JSON, from the bridge in our own pages only. Identity is the cookie; rights,
 * contact relation and membership are checked as the client does, and a chat is
 * made only here. Answers `{ok:true,…}` or `{ok:false,errMsg}` where errMsg is
 * what follows `apiName:`. Texts the documents do not give are marked "ours".
 */
import { chatSteps } from "./client_chat_steps.ts";
import { clientSteps } from "./client_steps.ts";
import {
  refuse,
  type Signed,
  signedAs,
  verifyConfig,
} from "./client_verify.ts";
import { QyError } from "./errors.ts";
import type { PageContext } from "./context.ts";
import { type Body, object, text } from "./params.ts";
import { clientOf, fromOurPages, visitorOf } from "./visitor.ts";
import { CODE } from "../wecom/codes/mod.ts";

const MAX_BODY = 65_536;

function answer(value: object, status = 200): Response {
  return Response.json(value, {
    status,
    headers: { "cache-control": "no-store" },
  });
}

function signed(body: Body): Signed {
  return {
    url: text(body, "url").split("#")[0] ?? "",
    timestamp: text(body, "timestamp"),
    nonceStr: text(body, "nonceStr"),
    signature: text(body, "signature"),
  };
}

async function read(request: Request): Promise<Body | null> {
  const raw = await request.text();
  if (raw.length > MAX_BODY) return null;
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null ? value as Body : null;
  } catch {
    return null;
  }
}

export async function clientCall(
  context: PageContext,
  request: Request,
): Promise<Response> {
  const { world, identity } = context;
  if (!fromOurPages(request, identity)) {
    await request.body?.cancel();
    return answer(refuse("access_denied"), 403);
  }
  const body = await read(request);
  if (!body) return answer(refuse("fail"), 400);
  const visitor = visitorOf(world, request);
  const step = new URL(request.url).pathname.slice("/sandbox/client/".length);
  if (step === "whoami") {
    const name = visitor?.kind === "staff"
      ? visitor.staff.name
      : visitor?.customer.name ?? null;
    return answer({ ok: true, name });
  }
  if (visitor?.kind !== "staff" || visitor.staff.departed) {
    return answer(refuse("access_denied"));
  }
  const { staff } = visitor;
  try {
    if (step === "agentConfig" || step === "preVerifyJSAPI") {
      const kind = step === "agentConfig" ? "agent" : "corp";
      const ids = {
        corpId: text(body, "corpId"),
        agentId: text(body, "agentId"),
      };
      const refusal = await verifyConfig(world, identity, kind, {
        ...signed(body),
        ...ids,
      });
      if (refusal) return answer(refusal);
      if (kind === "agent" && !staff.visible) {
        return answer(refuse("no privilege", CODE.OUT_OF_SCOPE));
      }
      return answer({ ok: true });
    }
    const run = clientSteps[step] ?? chatSteps[step];
    if (!run) return answer(refuse("function_not_exist"), 404);
    const as = await signedAs(world, signed(object(body, "verify")));
    if (!as) return answer(refuse("the permission value is offline verifying"));
    const params = object(body, "params");
    const client = clientOf(request);
    const ambush = step.endsWith("/done")
      ? null
      : outcome(world.settings.clientOutcome);
    return answer(ambush ?? run({ context, staff, client, as, body: params }));
  } catch (error) {
    if (error instanceof QyError) {
      return answer(refuse(`fail ${error.message}`, error.errcode));
    }
    throw error;
  }
}

/** What the console told the client to do instead. */
function outcome(kind: string): object | null {
  switch (kind) {
    case "cancel":
      return refuse("cancel");
    case "refuse":
      return refuse("fail_no permission");
    case "hang":
      return { ok: true, hang: true };
    default:
      return null;
  }
}
