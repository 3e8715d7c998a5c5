/**
 * The tree of path segments that decides which middlewares, app wrapper and
 * error pages surround a route, and the chain built from it. What is registered
 * on a segment affects only what is registered after it.
 */
import { APP, type Context, renderComponent } from "./context.ts";
import { HttpError } from "./error.ts";
import type {
  HandlerFn,
  Middleware,
  PageResponse,
  Route,
  RouteComponent,
} from "./types.ts";

export class Segment<State> {
  middlewares: Middleware<State>[] = [];
  app: RouteComponent<State> | null = null;
  error: Route<State> | null = null;
  notFound: Middleware<State> | null = null;
  #children = new Map<string, Segment<State>>();

  constructor(readonly parent: Segment<State> | null) {}

  /** The segment of a path below this one. */
  at(path: string): Segment<State> {
    const names = path.split("/").filter((name) => name !== "");
    return names.reduce((segment: Segment<State>, name) => {
      const child = segment.#children.get(name) ?? new Segment(segment);
      segment.#children.set(name, child);
      return child;
    }, this);
  }

  /** Everything from the root to here, outermost first. */
  chain(): Middleware<State>[] {
    const outer = this.parent === null ? [] : this.parent.chain();
    return [...outer, this.#frame(), ...this.middlewares];
  }

  #frame(): Middleware<State> {
    const { app, error } = this;
    // deno-lint-ignore no-this-alias -- the closure must not keep `this` of a call
    let root: Segment<State> = this;
    while (root.parent !== null) root = root.parent;
    return async (ctx) => {
      if (app !== null) ctx[APP] = app;
      try {
        return await ctx.next();
      } catch (thrown) {
        ctx.error = thrown;
        const status = thrown instanceof HttpError ? thrown.status : 500;
        if (status === 404 && root.notFound !== null) {
          return await root.notFound(ctx);
        }
        if (error !== null) return await renderRoute(ctx, error, status);
        throw thrown;
      }
    };
  }
}

/** One middleware out of many; the last one's `next` is the caller's. */
export function compose<State>(
  steps: Middleware<State>[],
): (ctx: Context<State>) => Promise<Response> {
  return (ctx) => {
    const tail = ctx.next;
    const run = async (i: number): Promise<Response> => {
      const step = steps[i];
      if (step === undefined) return await tail();
      ctx.next = () => run(i + 1);
      try {
        return await step(ctx);
      } catch (thrown) {
        ctx.error = thrown;
        throw thrown;
      }
    };
    return run(0);
  };
}

/** Runs the route's handler and, unless that answers itself, its component. */
export async function renderRoute<State>(
  ctx: Context<State>,
  route: Route<State>,
  status = 200,
): Promise<Response> {
  const handler = handlerFor(route, ctx.req.method);
  if (handler === null) return await ctx.next();
  const result = await handler(ctx);
  if (result instanceof Response) return result;
  const vnode = route.component === undefined
    ? null
    : renderComponent(ctx, route.component, () => null, result.data);
  const headers = new Headers(result.headers);
  return await ctx.render(vnode, { headers, status: result.status ?? status });
}

const renderPage = (): PageResponse<unknown> => ({ data: {} });

/**
 * A component without handlers answers every method; beside handlers by method
 * it answers GET. HEAD falls back to GET. `null`: the route has no such method.
 */
function handlerFor<State>(
  { handler, component }: Route<State>,
  method: string,
): HandlerFn<unknown, State> | null {
  if (typeof handler === "function") return handler;
  if (handler === undefined) {
    if (component !== undefined) return renderPage;
    throw new HttpError(404);
  }
  const get = handler.GET ?? (component === undefined ? null : renderPage);
  if (method === "GET") return get;
  const own = handler[method as keyof typeof handler];
  return own ?? (method === "HEAD" ? get : null);
}
