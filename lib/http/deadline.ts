/**
 * Nobody waits for ever: after some seconds a request ends with its statements and
 * its calls, and is answered with 503 that says what did not answer. What it had
 * begun to write may have been done or not, and is safe to repeat. Some have rules
 * of their own: a callback times out by itself (lib/inbox/hold.ts), who signs in
 * may stand in line at WeCom, since a code works only once, and probes answer
 * earlier. A stream counts until it begins.
 */
import type { Middleware } from "fresh";
import { until } from "../store/deadline.ts";
import { AppError } from "./errors.ts";
import { type Clock, keepTime } from "./receiving.ts";
import type { State } from "./state.ts";

/** How long requests may take, ms. */
export interface Deadlines {
  page: number;
  api: number;
  signIn: number;
}

export const DEADLINES: Deadlines = {
  page: 5_000,
  api: 10_000,
  // 500 at 300 ms, of which 8 run at a time, take 19 s alone.
  signIn: 60_000,
};

/** Calls to WeCom end after this part of the time. */
const FOR_CALLS = 0.7;
/** The request itself knows best what failed, and is given so long to say it. */
const GRACE_MS = 250;
const AGAIN_SECONDS = 5;

const NONE = /^\/(healthz|readyz|api\/wecom\/callback|sandbox(\/.*)?)$/;
const SIGN_IN = "/auth/callback";

/** `hurry` ends all that are under way: the process stops. */
export function deadline(
  hurry: AbortSignal,
  deadlines: Deadlines = DEADLINES,
): Middleware<State> {
  return async function deadline(ctx) {
    const ms = timeOf(ctx.url.pathname, deadlines);
    if (ms === null) return await ctx.next();
    const over = new AbortController();
    const overForCalls = new AbortController();
    const late = Promise.withResolvers<never>();
    const timers: ReturnType<typeof setTimeout>[] = [];
    const stop = () => timers.splice(0).forEach(clearTimeout);
    const end = () => {
      stop();
      overForCalls.abort();
      over.abort();
      const tell = () => late.reject(failure(clock));
      timers.push(setTimeout(tell, clock.receiving ? 0 : GRACE_MS));
    };
    const clock: Clock = {
      receiving: false,
      restart() {
        if (over.signal.aborted) return;
        stop();
        // One timer at a time: most requests end before the first.
        timers.push(setTimeout(() => {
          overForCalls.abort();
          timers.push(setTimeout(end, ms * (1 - FOR_CALLS)));
        }, ms * FOR_CALLS));
      },
    };
    keepTime(ctx.req, clock);
    clock.restart();
    hurry.addEventListener("abort", end);
    try {
      if (hurry.aborted) end();
      const work = () => ctx.next();
      return await Promise.race([
        until(over.signal, work, overForCalls.signal),
        late.promise,
      ]);
    } finally {
      stop();
      hurry.removeEventListener("abort", end);
    }
  };
}

function timeOf(
  pathname: string,
  { page, api, signIn }: Deadlines,
): number | null {
  if (NONE.test(pathname)) return null;
  if (pathname === SIGN_IN) return signIn;
  return /^\/api(\/|$)/.test(pathname) ? api : page;
}

/** Statements and calls have ended by then: it waits for what it shares. */
function failure({ receiving }: Clock): AppError {
  return receiving
    // As when its client hangs up (body.ts).
    ? new AppError("REQUEST_INCOMPLETE", { retryAfterSeconds: 1 })
    : new AppError("WECOM_UNAVAILABLE", { retryAfterSeconds: AGAIN_SECONDS });
}
