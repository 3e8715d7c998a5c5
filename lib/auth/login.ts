/**
 * Signing in with WeCom: OAuth inside the client (doc 91022), a QR code on a
 * desktop (doc 98151); both come back with a code that works once, for five
 * minutes (doc 91023). The state is random, of letters and digits only, and
 * bound to the browser by a sealed cookie of its own, so that two tabs do not
 * disturb each other and nobody can be signed in as somebody else.
 */
import type { Services } from "../services.ts";
import { audit } from "../audit/audit.ts";
import { cookie, readCookie } from "../http/cookies.ts";
import { AppError } from "../http/errors.ts";
import { CODE, getUserInfo, oauthUrl, ssoUrl } from "../wecom/mod.ts";
import { WecomError } from "../wecom/mod.ts";
import { safeNext } from "./next.ts";
import { sealSession, SESSION_SECONDS } from "./session.ts";

export const SESSION_COOKIE = "session";
const LOGIN_SECONDS = 10 * 60;
const AUDIENCE = "login";
const CODE_ERRORS = new Set([
  CODE.CODE_INVALID,
  CODE.CODE_EXPIRED,
  CODE.CODE_USED,
]);

export function isSecure({ config }: Services): boolean {
  return config.publicOrigin.startsWith("https:");
}

/** Sends the browser to WeCom, and remembers where to go afterwards. */
export async function startLogin(
  services: Services,
  request: Request,
  next: string | null,
): Promise<Response> {
  const { config, sealer } = services;
  const state = crypto.randomUUID().replaceAll("-", "");
  const claims = { state, next: safeNext(next) };
  const ticket = await sealer.seal(claims, AUDIENCE, LOGIN_SECONDS);
  const address = {
    ...config.wecom,
    redirectUri: `${config.publicOrigin}/auth/callback`,
    state,
  };
  const inClient = /wxwork/i.test(request.headers.get("user-agent") ?? "");
  const location = inClient ? oauthUrl(address) : ssoUrl(address);
  const secure = isSecure(services);
  const headers = new Headers({ location });
  headers.append(
    "set-cookie",
    cookie(loginCookie(state), ticket, { maxAge: LOGIN_SECONDS, secure }),
  );
  return new Response(null, { status: 302, headers });
}

/**
 * Back from WeCom. Ends on a clean address, because a spent code in the address
 * would be sent again on reload and would spoil the page's signature. Throws
 * UNAUTHENTICATED (try again), FORBIDDEN (a customer) and what WeCom answers.
 */
export async function finishLogin(
  services: Services,
  request: Request,
  query: URLSearchParams,
  requestId: string,
): Promise<Response> {
  const { sealer, wecom, log, sql, now } = services;
  const secure = isSecure(services);
  const state = query.get("state") ?? "";
  const code = query.get("code") ?? "";
  const known = /^[a-z0-9]{1,128}$/.test(state);
  const ticket = known
    ? readCookie(request.headers, loginCookie(state), secure)
    : undefined;
  const claims = await sealer.open(ticket, AUDIENCE);
  if (claims?.state !== state || code === "" || code.length > 512) {
    throw again("登录已失效，请重新登录");
  }
  const visitor = await wecom.call(getUserInfo, { code }).catch((error) => {
    const spent = error instanceof WecomError && error.errcode !== null &&
      CODE_ERRORS.has(error.errcode);
    throw spent ? again("登录码已失效，请重新登录", error) : error;
  });
  if (visitor.kind === "external") {
    log("info", "auth.refused", { reason: "external" });
    throw new AppError("FORBIDDEN", {
      msg: "这个页面只给公司员工使用，请联系您的设计师",
      details: { reason: "external" },
    });
  }
  const { wxUserId } = visitor;
  await services.staff.learn([wxUserId]);
  const actor = await services.staff.find(wxUserId);
  await audit(sql, now, {
    actor: wxUserId,
    action: "auth.login",
    outcome: actor ? "done" : "refused",
    requestId,
  });
  const session = await sealSession(sealer, { wxUserId });
  const headers = new Headers({
    location: safeNext(typeof claims.next === "string" ? claims.next : null),
  });
  headers.append(
    "set-cookie",
    cookie(SESSION_COOKIE, session, { maxAge: SESSION_SECONDS, secure }),
  );
  headers.append(
    "set-cookie",
    cookie(loginCookie(state), "", { maxAge: 0, secure }),
  );
  return new Response(null, { status: 302, headers });
}

export function logout(services: Services): Response {
  const options = { maxAge: 0, secure: isSecure(services) };
  const headers = new Headers({ location: "/auth/logout" });
  headers.append("set-cookie", cookie(SESSION_COOKIE, "", options));
  return new Response(null, { status: 303, headers });
}

function loginCookie(state: string): string {
  return `login-${state.slice(0, 12)}`;
}

function again(msg: string, cause?: unknown): AppError {
  return new AppError("UNAUTHENTICATED", {
    msg,
    details: { reason: "login" },
    cause,
  });
}
