/**
 * The app: the middlewares in their order, then the routes. Services come from
 * outside, so that a test can serve the same app on its own.
 */
import { type App, type Middleware, staticFiles } from "fresh";
import type { Services } from "./services.ts";
import { compress } from "./http/compress.ts";
import { currentReads, rememberChange } from "./http/current_reads.ts";
import { deadline, type Deadlines } from "./http/deadline.ts";
import { Entrance } from "./http/entrance.ts";
import { createLog, type Log } from "./http/log.ts";
import {
  addressLimits,
  asker,
  csrfGuard,
  errorBoundary,
  provideServices,
  sandboxPages,
  session,
  workOff,
} from "./http/middlewares.tsx";
import { watchPublicOrigin } from "./http/public_origin.ts";
import { requestLog } from "./http/request_log.ts";
import { createRequests, type Requests } from "./http/requests.ts";
import { securityHeaders } from "./http/security_headers.ts";
import type { State } from "./http/state.ts";
import { traced } from "./http/traced.ts";
import { trailingSlash } from "./http/trailing_slash.ts";

/** Chunks of islands, and files of `static/`. */
const ASSET = /^\/(_fresh\/[\w./-]{1,200}|[\w-]{1,60}\.(css|ico|js|png|svg))$/;

export function createApp(
  provide: (request: Request) => Promise<Services>,
  log: Log = createLog(),
  requests: Requests = createRequests(),
  deadlines?: Deadlines,
): App<State> {
  const app = new Entrance({ requests, log })
    .use(traced)
    .use(requestLog(log, Date.now))
    .use(watchPublicOrigin(log))
    .use(compress());
  for (const middleware of securityHeaders) app.use(middleware);
  app.use(assets(staticFiles()));
  app.use(rememberChange).use(errorBoundary(log));
  app.use(deadline(requests.hurried, deadlines));
  app.use(provideServices(provide, log)).use(asker).use(addressLimits);
  app.use(currentReads).use(workOff);
  app.use(sandboxPages);
  for (const middleware of csrfGuard) app.use(middleware);
  return app.use(trailingSlash).use(session).fsRoutes();
}

/** Other paths are no files: upstream fails with a 500 on some of them. */
function assets(serve: Middleware<State>): Middleware<State> {
  return function assets(ctx) {
    return ASSET.test(ctx.url.pathname) ? serve(ctx) : ctx.next();
  };
}
