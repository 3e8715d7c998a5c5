/**
 * The app: collects middlewares and routes in order and turns them into one
 * request handler.
 */
import { Context } from "./context.ts";
import { HttpError, STATUS_TEXT } from "./error.ts";
import { print } from "./print.ts";
import { addFile, type Target } from "./fs_routes.ts";
import { serve } from "./listen.ts";
import { mergePath, METHODS, Router } from "./router.ts";
import { compose, renderRoute, Segment } from "./segments.ts";
import { snapshots } from "./snapshot.ts";
import type {
  FreshConfig,
  LayoutConfig,
  ListenOptions,
  Method,
  Middleware,
  ResolvedFreshConfig,
  Route,
  RouteComponent,
} from "./types.ts";

export class App<State> {
  #steps: ((target: Target<State>) => void)[] = [];
  config: ResolvedFreshConfig;

  constructor(config: FreshConfig = {}) {
    this.config = {
      root: ".",
      basePath: config.basePath ?? "",
      mode: config.mode ?? "production",
      trustProxy: config.trustProxy ?? false,
    };
  }

  #step(step: (target: Target<State>) => void): this {
    this.#steps.push(step);
    return this;
  }

  /** Adds middlewares for everything registered after them, below `path` if given. */
  use(...middleware: Middleware<State>[]): this;
  use(path: string, ...middleware: Middleware<State>[]): this;
  use(
    first: string | Middleware<State>,
    ...others: Middleware<State>[]
  ): this {
    const [path, added] = typeof first === "string"
      ? [first, others]
      : ["*", [first, ...others]];
    return this.#step(({ root }) => root.at(path).middlewares.push(...added));
  }

  #on(methods: Method[], path: string, added: Middleware<State>[]): this {
    return this.#step(({ root, router, base }) => {
      const handler = compose([...root.at(path).chain(), ...added]);
      const pattern = mergePath(base, path);
      for (const method of methods) router.add(method, pattern, handler);
    });
  }

  get(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on(["GET"], path, middlewares);
  }
  post(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on(["POST"], path, middlewares);
  }
  patch(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on(["PATCH"], path, middlewares);
  }
  put(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on(["PUT"], path, middlewares);
  }
  delete(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on(["DELETE"], path, middlewares);
  }
  head(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on(["HEAD"], path, middlewares);
  }
  all(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on(METHODS, path, middlewares);
  }

  /** Answers when nothing else does. */
  notFound(handler: Route<State> | Middleware<State>): this {
    const route = asRoute(handler);
    return this.#step(({ root }) => {
      root.notFound = (ctx) => renderRoute(ctx, route);
    });
  }

  /** Answers errors thrown at or below `path`. */
  onError(path: string, handler: Route<State> | Middleware<State>): this {
    const route = asRoute(handler);
    return this.#step(({ root }) => void (root.at(path).error = route));
  }

  appWrapper(component: RouteComponent<State>): this {
    return this.#step(({ root }) => void (root.app = component));
  }

  layout(
    path: string,
    component: RouteComponent<State>,
    config: LayoutConfig = {},
  ): this {
    return this.#step(({ root }) => {
      root.at(path).layout = { component, config };
    });
  }

  /** Puts the routes of the file system here; they come from the build. */
  fsRoutes(pattern = "*"): this {
    return this.#step((target) => {
      const base = mergePath(target.base, pattern).replace(/\/\*$/, "");
      for (const file of snapshots.get(this)?.routes ?? []) {
        addFile({ ...target, base }, file);
      }
    });
  }

  /** The request handler, for `Deno.serve` and for tests. */
  handler(): (
    request: Request,
    info?: Deno.ServeHandlerInfo,
  ) => Promise<Response> {
    const snapshot = snapshots.get(this) ?? null;
    const root = new Segment<State>(null);
    const router = new Router<Middleware<State>>();
    const target = { root, router, base: this.config.basePath };
    for (const step of this.#steps) step(target);
    const unmatched = compose(root.chain());

    return async (req, info = NO_CONNECTION) => {
      const url = publicUrl(req, this.config.trustProxy);
      const method = req.method.toUpperCase();
      const { pattern, params, item, allowed } = router.match(method, url);
      // What is left when nobody answers: a path that has other methods says so.
      const next = () => {
        const known = pattern !== null && item === null;
        if (!known || method !== "OPTIONS") {
          return Promise.reject(new HttpError(known ? 405 : 404));
        }
        const headers = { Allow: allowed.join(", ") };
        return Promise.resolve(new Response(null, { status: 204, headers }));
      };
      const ctx = new Context<State>({
        req,
        url,
        info,
        route: pattern,
        params,
        config: this.config,
        next,
        snapshot,
      });
      try {
        const response = await (item ?? unmatched)(ctx);
        if (!(response instanceof Response)) {
          throw new TypeError(`Expected a "Response", but got: ${response}`);
        }
        if (method !== "HEAD") return response;
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
    serve(this.handler(), options, this.config.basePath);
    return Promise.resolve();
  }
}

function asRoute<State>(
  handler: Route<State> | Middleware<State>,
): Route<State> {
  return typeof handler === "function" ? { handler } : handler;
}

const NO_CONNECTION: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 1234 },
  completed: Promise.resolve(),
};

/** The URL as the client sees it. */
function publicUrl(req: Request, trustProxy: boolean): URL {
  const url = new URL(req.url);
  if (url.pathname.includes("//")) {
    url.pathname = url.pathname.replaceAll(/\/+/g, "/");
  }
  if (trustProxy) {
    const proto = req.headers.get("x-forwarded-proto");
    const host = req.headers.get("x-forwarded-host");
    if (proto) url.protocol = proto + ":";
    if (host) url.host = host;
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
