/**
 * The app: collects middlewares and routes in order and turns them into one
 * request handler.
 */
import { Context } from "./context.ts";
import { HttpError, STATUS_TEXT } from "./error.ts";
import { print } from "./print.ts";
import { addFile, type Target } from "./fs_routes.ts";
import { serve } from "./listen.ts";
import { Router } from "./router.ts";
import { compose, Segment } from "./segments.ts";
import { snapshots } from "./snapshot.ts";
import type {
  ListenOptions,
  Middleware,
  ResolvedFreshConfig,
} from "./types.ts";

export class App<State> {
  #steps: ((target: Target<State>) => void)[] = [];
  config: ResolvedFreshConfig = { root: ".", mode: "production" };

  /** Adds middlewares for everything registered after them. */
  use(...middleware: Middleware<State>[]): this {
    this.#steps.push(({ root }) => root.middlewares.push(...middleware));
    return this;
  }

  /** Puts the routes of the file system here; they come from the build. */
  fsRoutes(): this {
    this.#steps.push((target) => {
      for (const file of snapshots.get(this)?.routes ?? []) {
        addFile(target, file);
      }
    });
    return this;
  }

  /** The request handler, for `Deno.serve` and for tests. */
  handler(): (
    request: Request,
    info?: Deno.ServeHandlerInfo,
  ) => Promise<Response> {
    const snapshot = snapshots.get(this) ?? null;
    const root = new Segment<State>(null);
    const router = new Router<Middleware<State>>();
    for (const step of this.#steps) step({ root, router });
    const unmatched = compose(root.chain());

    return async (req, info = NO_CONNECTION) => {
      const url = publicUrl(req);
      const match = router.match(url);
      const ctx = new Context<State>({
        req,
        info,
        url,
        params: match?.params ?? {},
        config: this.config,
        // What is left when nobody answers.
        next: () => Promise.reject(new HttpError(404)),
        snapshot,
      });
      try {
        const response = await (match?.item ?? unmatched)(ctx);
        if (!(response instanceof Response)) {
          throw new TypeError(`Expected a "Response", but got: ${response}`);
        }
        if (req.method !== "HEAD") return response;
        // Not awaited: a stream may take its time to notice.
        response.body?.cancel().catch(() => {});
        return new Response(null, response);
      } catch (error) {
        return defaultError(error);
      }
    };
  }

  /** Serves the app, on the first free port from 8000 if none is given. */
  listen(options: ListenOptions = {}): Promise<void> {
    serve(this.handler(), options);
    return Promise.resolve();
  }
}

/** Of a request that came by no connection, as a test's. */
const NO_CONNECTION: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 1234 },
  completed: Promise.resolve(),
};

/** Repeated slashes count as one. */
function publicUrl(req: Request): URL {
  const url = new URL(req.url);
  if (url.pathname.includes("//")) {
    url.pathname = url.pathname.replaceAll(/\/+/g, "/");
  }
  return url;
}

function defaultError(error: unknown): Response {
  if (!(error instanceof HttpError)) {
    print("error", error);
    return new Response("Internal server error", { status: 500 });
  }
  if (error.status >= 500) print("error", error);
  const { status, message } = error;
  return new Response(message || STATUS_TEXT[status], { status });
}
