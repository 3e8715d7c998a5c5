/**
 * What the WeCom client checks before a page may use its APIs: the corp's and
 * the app's signature over the page's own URL (sha1 over ticket, nonce, time and
 * URL without hash, 90506), the trusted domain (80001), the right ticket (42012).
 * Failure texts are those seen in the field; they end with the code in a link.
 */
import type { Identity } from "./context.ts";
import type { TicketKind } from "./tokens.ts";
import type { World } from "./world.ts";
import { CODE } from "../wecom/codes/mod.ts";

export interface Signed {
  url: string;
  timestamp: string;
  nonceStr: string;
  signature: string;
}

export interface Refusal {
  ok: false;
  /** What follows `apiName:` in err_msg. */
  errMsg: string;
  errCode?: number;
}

export function refuse(errMsg: string, errCode?: number): Refusal {
  return errCode === undefined ? { ok: false, errMsg } : {
    ok: false,
    errMsg:
      `${errMsg}, more info at https://open.work.weixin.qq.com/devtool/query?e=${errCode}`,
    errCode,
  };
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-1",
    new TextEncoder().encode(text),
  );
  return [...new Uint8Array(digest)].map((byte) =>
    byte.toString(16).padStart(2, "0")
  ).join("");
}

async function matches(
  tickets: readonly string[],
  signed: Signed,
): Promise<boolean> {
  const { url, timestamp, nonceStr, signature } = signed;
  for (const ticket of tickets) {
    const text =
      `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`;
    if (await sha1(text) === signature) return true;
  }
  return false;
}

/** Whose signature this is, by any ticket issued lately; null when nobody's. */
export async function signedAs(
  world: World,
  signed: Signed,
): Promise<TicketKind | null> {
  const now = world.now();
  for (const kind of ["agent", "corp"] as const) {
    if (await matches(world.tokens.tickets(kind, now, false), signed)) {
      return kind;
    }
  }
  return null;
}

/** agentConfig (`agent`) or preVerifyJSAPI (`corp`); null when all is well. */
export async function verifyConfig(
  world: World,
  identity: Identity,
  kind: TicketKind,
  asked: Signed & { corpId: string; agentId: string },
): Promise<Refusal | null> {
  const { url, timestamp, nonceStr, signature } = asked;
  if (!url || !timestamp || !nonceStr || !signature) return refuse("fail");
  if (asked.corpId !== identity.corpId) {
    return refuse("invalid corpId", CODE.UNKNOWN_CORP);
  }
  if (kind === "agent" && asked.agentId !== identity.agentId) {
    return refuse("invalid agentid", CODE.UNKNOWN_AGENT);
  }
  if (!URL.canParse(url) || new URL(url).origin !== identity.publicOrigin) {
    return kind === "corp"
      ? refuse("invalid url domain")
      : refuse("not match any reliable domain", CODE.DOMAIN_NOT_TRUSTED);
  }
  const now = world.now();
  if (await matches(world.tokens.tickets(kind, now, true), asked)) return null;
  const other = kind === "agent" ? "corp" : "agent";
  if (await matches(world.tokens.tickets(other, now, true), asked)) {
    return refuse("wrong jsapi_ticket", CODE.WRONG_TICKET);
  }
  return refuse("invalid signature", CODE.SIGNATURE_INVALID);
}
