/**
 * The app: the middlewares in their order, then the routes. Services come from
 * outside, so that a test can serve the same app on its own.
 */
import { App, staticFiles } from "fresh";
import type { Services } from "./services.ts";
import { compress } from "./http/compress.ts";
import { createLog, type Log } from "./http/log.ts";
import {
  csrfGuard,
  errorBoundary,
  provideServices,
  requestLog,
  sandboxPages,
  securityHeaders,
  session,
  workOff,
} from "./http/middlewares.tsx";
import type { State } from "./http/state.ts";

export function createApp(
  provide: () => Promise<Services>,
  log: Log = createLog(),
): App<State> {
  const app = new App<State>()
    .use(requestLog(log, Date.now))
    .use(compress());
  for (const middleware of securityHeaders) app.use(middleware);
  app.use(staticFiles());
  app.use(errorBoundary(log)).use(provideServices(provide)).use(workOff);
  app.use(sandboxPages);
  for (const middleware of csrfGuard) app.use(middleware);
  return app.use(session).fsRoutes();
}
