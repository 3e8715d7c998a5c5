/**
 * Signing in with WeCom: OAuth inside the client (doc 91022), a QR code on a
 * desktop (doc 98151); both come back with a code that works once, for five
 * minutes (doc 91023). The state is random, of letters and digits only, and
 * bound to the browser by a sealed cookie of its own, so that two tabs do not
 * disturb each other and nobody can be signed in as somebody else.
 */
import type { Config } from "../config/mod.ts";
import { audit } from "../audit/audit.ts";
import { cookie, readCookie, readCookies } from "../http/cookies.ts";
import { AppError, isAppError } from "../http/errors.ts";
import type { State } from "../http/state.ts";
import type { Staff } from "../staff/staff.ts";
import type { Sql } from "../store/database.ts";
import {
  CODE,
  getUserInfo,
  oauthUrl,
  ssoUrl,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import type { Window } from "../http/window.ts";
import { type ArrivalDeps, firstArrival, keepArrival } from "./arrivals.ts";
import { endSession } from "./ended_sessions.ts";
import { LOGIN_SECONDS } from "./tries.ts";
import { safeNext } from "./next.ts";
import { type Sealer, sealSession, SESSION_SECONDS } from "./session.ts";

export const SESSION_COOKIE = "session";
/** A browser has a few tabs that sign in at the same time, not a hundred. */
const MOST_BEGUN = 5;
const AUDIENCE = "login";
const CODE_ERRORS = new Set([
  CODE.CODE_INVALID,
  CODE.CODE_EXPIRED,
  CODE.CODE_USED,
]);

/** What WeCom's client says of itself on every system (doc 90315). */
const IN_WECOM = /wxwork/i;

export interface LoginDeps extends ArrivalDeps {
  config: Pick<Config, "publicOrigin" | "wecom">;
  sealer: Sealer;
  wecom: WecomClient;
  staff: Staff;
  sql: Sql;
  /** Of codes, by the sign-in's state. */
  tries: Window;
}

const agentOf = (headers: Headers) => headers.get("user-agent") ?? "";

/** WeChat, not WeCom: WeCom's client names both. */
export function inPlainWechat(headers: Headers): boolean {
  const agent = agentOf(headers);
  return /micromessenger/i.test(agent) && !IN_WECOM.test(agent);
}

export function isSecure({ config }: Pick<LoginDeps, "config">): boolean {
  return config.publicOrigin.startsWith("https:");
}

/** Sends the browser to WeCom, and remembers where to go afterwards. */
export async function startLogin(
  deps: LoginDeps,
  request: Request,
  next: string | null,
): Promise<Response> {
  const { config, sealer } = deps;
  const state = crypto.randomUUID().replaceAll("-", "");
  const claims = { state, next: safeNext(next) };
  const ticket = await sealer.seal(claims, AUDIENCE, LOGIN_SECONDS);
  const address = {
    ...config.wecom,
    redirectUri: `${config.publicOrigin}/auth/callback`,
    state,
  };
  const inClient = IN_WECOM.test(agentOf(request.headers));
  const location = inClient ? oauthUrl(address) : ssoUrl(address);
  const secure = isSecure(deps);
  const headers = new Headers({ location });
  const begun = cookie(loginCookie(state), ticket, {
    maxAge: LOGIN_SECONDS,
    secure,
  });
  for (const line of [...await tooMany(deps, request), begun]) {
    headers.append("set-cookie", line);
  }
  return new Response(null, { status: 302, headers });
}

/** Takes away the oldest sign-ins that this browser began and did not finish. */
async function tooMany(deps: LoginDeps, request: Request): Promise<string[]> {
  const secure = isSecure(deps);
  const tickets = readCookies(request.headers, /^login-[a-z0-9]{12}$/, secure);
  const begun = await Promise.all(tickets.map(async ([name, ticket]) => {
    const claims = await deps.sealer.open(ticket, AUDIENCE);
    return { name, at: Number(claims?.iat ?? 0) };
  }));
  return begun.sort((a, b) => b.at - a.at).slice(MOST_BEGUN - 1)
    .map(({ name }) => cookie(name, "", { maxAge: 0, secure }));
}

/**
 * Back from WeCom; and back once more, which goes on to where the first time
 * went when somebody is signed in by then. Ends on a clean address, because a
 * spent code in the address would be sent again on reload and would spoil the
 * page's signature. Throws UNAUTHENTICATED (try again), FORBIDDEN (a customer)
 * and what WeCom answers.
 */
export async function finishLogin(
  deps: LoginDeps,
  request: Request,
  query: URLSearchParams,
  { session, requestId, cookies = [] }: Pick<
    State,
    "session" | "requestId" | "cookies"
  >,
): Promise<Response> {
  const state = query.get("state") ?? "";
  const code = query.get("code") ?? "";
  const next = await begunHere(deps, request, state);
  if (next === null || code === "" || code.length > 512) {
    if (!session) throw again("登录已失效，请重新登录");
    return goTo(await firstArrival(deps, state));
  }
  if (deps.tries.take(state) > 0) {
    throw again("登录尝试次数太多，请重新登录");
  }
  let wxUserId: string;
  try {
    wxUserId = await memberOf(deps, code, requestId);
  } catch (error) {
    // Who was refused has nothing of this sign-in left.
    if (isAppError(error, "FORBIDDEN")) {
      const gone = { maxAge: 0, secure: isSecure(deps) };
      cookies.push(cookie(loginCookie(state), "", gone));
    }
    if (!isSpent(error)) throw error;
    if (!session) throw again("登录码已失效，请重新登录", error);
    return goTo(next);
  }
  const { staff, sql, now } = deps;
  await staff.learn([wxUserId]);
  const actor = await staff.find(wxUserId);
  await audit(sql, now, {
    actor: wxUserId,
    action: "auth.login",
    outcome: actor ? "done" : "refused",
    requestId,
  });
  await keepArrival(deps, state, next);
  return await signedIn(deps, wxUserId, state, next);
}

/** Where the sign-in that this browser began with the state goes; null: none. */
async function begunHere(
  deps: LoginDeps,
  request: Request,
  state: string,
): Promise<string | null> {
  if (!/^[a-z0-9]{1,128}$/.test(state)) return null;
  const name = loginCookie(state);
  const ticket = readCookie(request.headers, name, isSecure(deps));
  const claims = await deps.sealer.open(ticket, AUDIENCE);
  if (claims?.state !== state) return null;
  return safeNext(typeof claims.next === "string" ? claims.next : null);
}

/** Whose code it is. Throws FORBIDDEN for a customer, and what WeCom answers. */
async function memberOf(
  { wecom, log, sql, now }: LoginDeps,
  code: string,
  requestId: string,
): Promise<string> {
  const visitor = await wecom.prioritized(
    "signIn",
    () => wecom.call(getUserInfo, { code }),
  );
  if (visitor.kind === "member") return visitor.wxUserId;
  log("info", "auth.refused", { reason: "external" });
  await audit(sql, now, {
    actor: "external",
    action: "auth.login",
    outcome: "refused",
    requestId,
  });
  throw new AppError("FORBIDDEN", {
    msg: "这个页面只给公司员工使用，请联系您的设计师",
    details: { reason: "external" },
  });
}

async function signedIn(
  deps: LoginDeps,
  wxUserId: string,
  state: string,
  next: string,
): Promise<Response> {
  const secure = isSecure(deps);
  const session = await sealSession(deps.sealer, { wxUserId }, deps.now);
  const response = goTo(next);
  for (
    const line of [
      cookie(SESSION_COOKIE, session, { maxAge: SESSION_SECONDS, secure }),
      cookie(loginCookie(state), "", { maxAge: 0, secure }),
    ]
  ) response.headers.append("set-cookie", line);
  return response;
}

/** Ends the session in every process, which is told once, and in this browser. */
export async function logout(
  deps: Pick<LoginDeps, "config" | "sql" | "now">,
  { session, requestId }: Pick<State, "session" | "requestId">,
): Promise<Response> {
  if (session) {
    await deps.sql.begin(async (sql) => {
      if (!await endSession({ ...deps, sql }, session)) return;
      const { wxUserId: actor } = session;
      const entry = { actor, action: "auth.logout", requestId } as const;
      await audit(sql, deps.now, { ...entry, outcome: "done" });
    });
  }
  const options = { maxAge: 0, secure: isSecure(deps) };
  const headers = new Headers({ location: "/auth/logout" });
  headers.append("set-cookie", cookie(SESSION_COOKIE, "", options));
  return new Response(null, { status: 303, headers });
}

function goTo(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

function isSpent(error: unknown): boolean {
  return error instanceof WecomError && error.errcode !== null &&
    CODE_ERRORS.has(error.errcode);
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
