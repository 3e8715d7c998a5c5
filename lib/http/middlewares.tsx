/**
 * What every request passes, outermost first: id and log → compression →
 * security headers → error boundary → services → CSRF → session. The boundary
 * stands inside the headers, so that error pages have them too (Fresh's own
 * error pages have none), and it logs (Fresh is silent once it is handled).
 */
import { csp, csrf, HttpError, type Middleware } from "fresh";
import type { Services } from "../services.ts";
import { isSecure, SESSION_COOKIE } from "../auth/login.ts";
import { openSession } from "../auth/session.ts";
import { readCookie } from "./cookies.ts";
import { AppError } from "./errors.ts";
import { failure } from "./api.ts";
import type { Log } from "./log.ts";
import { renderProblem } from "./problem.tsx";
import { answerNotStarted } from "./not_started.ts";
import type { State } from "./state.ts";
import { toAppError } from "./to_app_error.ts";

type Mw = Middleware<State>;

/** A proxy's id is kept when it looks like one: it ends up in logs and answers. */
export function requestLog(log: Log, now: () => number): Mw {
  return async function requestLog(ctx) {
    const given = ctx.req.headers.get("x-request-id") ?? "";
    ctx.state.requestId = /^[\w.-]{8,64}$/.test(given)
      ? given
      : crypto.randomUUID();
    const begun = now();
    const response = await ctx.next();
    const quiet = response.status < 400 &&
      /^\/(healthz|readyz|_fresh|app\.css|sandbox)/.test(ctx.url.pathname);
    log(quiet ? "debug" : "info", "request", {
      requestId: ctx.state.requestId,
      method: ctx.req.method,
      // The path only: codes, states and signatures travel in the query.
      path: ctx.url.pathname,
      status: response.status,
      ms: Math.round(now() - begun),
    });
    return withHeaders(response, { "x-request-id": ctx.state.requestId });
  };
}

const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

export const securityHeaders: Mw[] = [
  async function securityHeaders(ctx) {
    const response = await ctx.next();
    const headers: Record<string, string> = { ...HEADERS };
    // Answers speak of persons: only what says otherwise may be kept.
    if (!response.headers.has("cache-control")) {
      headers["cache-control"] = "private, no-store";
    }
    const type = response.headers.get("content-type") ?? "";
    // Fresh's policy allows inline scripts where a page has none of its own;
    // only the simulated company's pages need that.
    const policy = response.headers.get("content-security-policy");
    if (policy && !/^\/sandbox(\/|$)/.test(ctx.url.pathname)) {
      response.headers.set(
        "content-security-policy",
        policy.replaceAll(" 'unsafe-inline'", ""),
      );
    }
    if (type.startsWith("application/json")) {
      response.headers.delete("content-security-policy");
      headers["content-security-policy"] =
        "default-src 'none'; frame-ancestors 'none'";
    }
    if (ctx.state.services?.config.publicOrigin.startsWith("https:")) {
      headers["strict-transport-security"] = "max-age=31536000";
    }
    return withHeaders(response, headers);
  },
  csp({
    useNonce: true,
    csp: [
      // Avatars come from WeChat's image hosts; the sandbox's are inline.
      "img-src 'self' https: data:",
      "base-uri 'none'",
    ],
  }),
];

/** Turns what was thrown into the envelope or a page, and writes it down. */
export function errorBoundary(log: Log): Mw {
  return async function errorBoundary(ctx) {
    try {
      return await ctx.next();
    } catch (thrown) {
      const error = toAppError(thrown);
      const { requestId } = ctx.state;
      if (error.status >= 500) {
        log(error.error === "INTERNAL" ? "error" : "warn", "request.failed", {
          requestId,
          path: ctx.url.pathname,
          error: thrown,
        });
      }
      if (/^\/api(\/|$)/.test(ctx.url.pathname)) {
        return failure(error, requestId);
      }
      return await renderProblem(ctx, error);
    }
  };
}

/** `/healthz` says that the process is up, `/readyz` why it cannot serve. */
export function provideServices(
  provide: () => Promise<Services>,
  log: Log,
): Mw {
  return async function provideServices(ctx) {
    try {
      ctx.state.services = await provide();
    } catch (error) {
      const { pathname } = ctx.url;
      if (pathname === "/readyz") {
        log("error", "readyz.not_started", { error });
        return answerNotStarted(error, ctx.state.requestId);
      }
      if (pathname !== "/healthz") throw error;
    }
    return await ctx.next();
  };
}

/** Where instances sleep, requests are what wakes the work left to do; none waits. */
export const workOff: Mw = async function workOff(ctx) {
  try {
    return await ctx.next();
  } finally {
    ctx.state.services?.inbox.kick();
    ctx.state.services?.reconciler.nudge();
  }
};

/** The simulated company's own pages; nothing of it exists otherwise. */
export const sandboxPages: Mw = async function sandboxPages(ctx) {
  const sandbox = ctx.state.services?.sandbox;
  if (!sandbox || !/^\/sandbox(\/|$)/.test(ctx.url.pathname)) {
    return await ctx.next();
  }
  const response = await sandbox.pages(ctx.req);
  if (!response) throw new HttpError(404);
  return response;
};

export const csrfGuard: Mw[] = [
  async function nameCsrf(ctx) {
    try {
      return await ctx.next();
    } catch (error) {
      const refused = error instanceof HttpError && error.status === 403 &&
        !ctx.state.csrfPassed;
      if (!refused) throw error;
      throw new AppError("CSRF_REJECTED", { cause: error });
    }
  },
  csrf({
    origin: (origin, ctx) =>
      origin === (ctx.state as State).services?.config.publicOrigin ||
      origin === ctx.url.origin,
  }),
  async function passedCsrf(ctx) {
    ctx.state.csrfPassed = true;
    return await ctx.next();
  },
];

export const session: Mw = async function session(ctx) {
  const { services } = ctx.state;
  ctx.state.session = services
    ? await openSession(
      services.sealer,
      readCookie(ctx.req.headers, SESSION_COOKIE, isSecure(services)),
    )
    : null;
  return await ctx.next();
};

/** Some responses have immutable headers (`Response.redirect`): copied then. */
function withHeaders(
  response: Response,
  headers: Record<string, string>,
): Response {
  const changed = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) {
    if (!changed.has(name)) changed.set(name, value);
  }
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers: changed });
}
