/**
 * What every request passes, outermost first: id and log → compression →
 * security headers → error boundary → services → CSRF → session. The boundary
 * stands inside the headers, so that error pages have them too (Fresh's own
 * error pages have none), and it logs (Fresh is silent once it is handled).
 */
import { csrf, HttpError, type Middleware } from "fresh";
import type { Services } from "../services.ts";
import { isSecure, SESSION_COOKIE } from "../auth/login.ts";
import { openSession, renewSession } from "../auth/session.ts";
import { askerNow, followAsker } from "../audit/asker.ts";
import { followPerson } from "../staff/person_now.ts";
import { hideMobiles } from "../contacts/masked.ts";
import { readText } from "./body.ts";
import { cookie, readCookie } from "./cookies.ts";
import { AppError, reasonOf } from "./errors.ts";
import { failure } from "./envelope.ts";
import { briefly } from "./briefly.ts";
import type { Log } from "./log.ts";
import { renderProblem } from "./problem.tsx";
import { answerNotStarted } from "./not_started.ts";
import type { State } from "./state.ts";
import { toAppError } from "./to_app_error.ts";

type Mw = Middleware<State>;

/** Turns what was thrown into the envelope or a page, and writes it down. */
export function errorBoundary(log: Log): Mw {
  return async function errorBoundary(ctx) {
    try {
      return await ctx.next();
    } catch (thrown) {
      const error = toAppError(thrown);
      const { requestId } = ctx.state;
      const reason = reasonOf(error);
      ctx.state.refusal = { error: error.error, ...(reason && { reason }) };
      if (error.status >= 500) {
        log(error.error === "INTERNAL" ? "error" : "warn", "request.failed", {
          requestId,
          path: hideMobiles(ctx.url.pathname),
          error: thrown,
        });
      }
      await tellRefusal(ctx.state, ctx.url, error);
      const response = /^\/api(\/|$)/.test(ctx.url.pathname)
        ? failure(error, requestId)
        : await renderProblem(ctx, error);
      return withCookies(response, ctx.state.cookies ?? []);
    }
  };
}

/** What a flow refuses is in the audit log already. */
async function tellRefusal(
  { services, session, requestId, flowId }: State,
  url: URL,
  error: AppError,
): Promise<void> {
  if (!services || flowId !== undefined) return;
  const wxUserId = session?.wxUserId ?? null;
  try {
    await services.refusals.page({ wxUserId, requestId, url }, error);
  } catch (failed) {
    services.log("warn", "audit.not_written", { requestId, error: failed });
  }
}

/** What asks by the clock gives up after some seconds: it is told before. */
const PROBES = new Map([["/healthz", 500], ["/readyz", 2_500]]);

/** `/healthz` says that the process is up, `/readyz` why it cannot serve. */
export function provideServices(
  provide: (request: Request) => Promise<Services>,
  log: Log,
): Mw {
  return async function provideServices(ctx) {
    const { pathname } = ctx.url;
    try {
      const made = provide(ctx.req);
      const patience = PROBES.get(pathname);
      if (patience === undefined) ctx.state.services = await made;
      else ctx.state.services = await inTime(made, patience);
    } catch (error) {
      if (pathname === "/readyz") {
        log("error", "readyz.not_started", { error });
        return answerNotStarted(error, ctx.state.requestId);
      }
      if (pathname !== "/healthz") throw error;
    }
    return await ctx.next();
  };
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const done = await briefly(work, ms);
  if (done === "late") throw new Error(`Not started after ${ms} ms`);
  return done;
}

/** What is written to the audit log says from where it was asked. */
export const asker: Mw = async function asker(ctx) {
  const { services, clientRequestId } = ctx.state;
  if (!services) return await ctx.next();
  const { remoteAddr } = ctx.info;
  const address = services.clientAddress(ctx.req.headers, remoteAddr);
  return await followAsker({ address, clientRequestId }, () => ctx.next());
};

/** Of one address, and by what it asks for: attacks are slow or end. */
export const addressLimits: Mw = async function addressLimits(ctx) {
  const { services } = ctx.state;
  const waitMs = services?.limits.take(askerNow().address, ctx.url.pathname) ??
    0;
  if (waitMs > 0) {
    throw new AppError("RATE_LIMITED", {
      retryAfterSeconds: Math.ceil(waitMs / 1_000),
    });
  }
  return await ctx.next();
};

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
  const { req } = ctx;
  // Read here, so that a client that hangs up is told from a fault of the sandbox.
  const { url, method, headers } = req;
  const request = req.body
    ? new Request(url, { method, headers, body: await readText(req) })
    : req;
  const response = await sandbox.pages(request);
  if (!response) throw new HttpError(404);
  return response;
};

/** The ERP comes with a token and never with a cookie, which is what CSRF abuses. */
const BY_TOKEN = /^\/api\/erp\//;

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
  exceptByToken(csrf({
    // Not the request's own host: whoever can name the app otherwise would be let in.
    origin: (origin, ctx) =>
      origin === (ctx.state as State).services?.config.publicOrigin,
  })),
  exceptByToken(async function fromNowhere(ctx) {
    const { method, headers } = ctx.req;
    const isWrite = !/^(GET|HEAD|OPTIONS)$/.test(method);
    const says = headers.has("origin") || headers.has("sec-fetch-site");
    // Each browser says from where a write comes; what does not has taken a cookie.
    if (isWrite && !says && headers.has("cookie")) {
      throw new AppError("CSRF_REJECTED");
    }
    return await ctx.next();
  }),
  async function passedCsrf(ctx) {
    ctx.state.csrfPassed = true;
    return await ctx.next();
  },
];

function exceptByToken(guard: Mw): Mw {
  return function csrfByCookie(ctx) {
    return BY_TOKEN.test(ctx.url.pathname) ? ctx.next() : guard(ctx);
  };
}

export const session: Mw = async function session(ctx) {
  const { services } = ctx.state;
  ctx.state.session = services
    ? await openSession(
      services.sealer,
      readCookie(ctx.req.headers, SESSION_COOKIE, isSecure(services)),
      services.now,
    )
    : null;
  const response = await followPerson(
    ctx.state.session?.wxUserId ?? null,
    () => ctx.next(),
  );
  // An open page that listens by itself is no use of it.
  const { session, actor, flowId } = ctx.state;
  if (!session?.isAging || !actor || flowId === "order.watch") return response;
  const { sealer, now } = services;
  const { token, seconds } = await renewSession(sealer, session, now);
  const options = { maxAge: seconds, secure: isSecure(services) };
  return withCookies(response, [cookie(SESSION_COOKIE, token, options)]);
};

/** Headers of some responses are read-only (`Response.redirect`). */
function withCookies(response: Response, cookies: readonly string[]): Response {
  if (cookies.length === 0) return response;
  const changed = new Response(response.body, response);
  for (const line of cookies) changed.headers.append("set-cookie", line);
  return changed;
}
