/**
 * Puts the files of `routes/` into the app: what each exports, and where it goes.
 */
import { mergePath, METHODS, type Router } from "./router.ts";
import { compose, renderRoute, type Segment } from "./segments.ts";
import type { RouteFile, RouteModule } from "./snapshot.ts";
import type { Method, Middleware, Route, RouteConfig } from "./types.ts";

/** Where a registration ends up once the handler is made. */
export interface Target<State> {
  root: Segment<State>;
  router: Router<Middleware<State>>;
  base: string;
}

/** Registers one route file, as the method of the app of the same name would. */
export function addFile<State>(target: Target<State>, file: RouteFile): void {
  const { root, router, base } = target;
  const segment = root.at(file.dir);
  const { mod } = file;
  if (typeof mod === "function") {
    let route: Route<State> | null = null;
    const load = async () => route ??= toRoute<State>(file.file, await mod());
    const handler = compose<State>([
      ...segment.chain(),
      async (ctx) => await renderRoute(ctx, route ?? await load()),
    ]);
    const pattern = mergePath(base, file.pattern);
    for (const method of METHODS) router.add(method, pattern, handler);
    return;
  }
  if (file.kind === "middleware") {
    segment.middlewares.push(...middlewaresOf<State>(file.file, mod));
    return;
  }
  const route = toRoute<State>(file.file, mod);
  const { component, config = {} } = route;
  if (file.kind === "app" && component) root.app = component;
  else if (file.kind === "layout" && component) {
    segment.layout = { component, config };
  } else if (file.kind === "error") segment.error = route;
  else if (file.kind === "notFound") {
    root.notFound = (ctx) => renderRoute(ctx, route);
  } else if (file.kind === "route") {
    const handler = compose<State>([
      ...segment.chain(),
      (ctx) => renderRoute(ctx, route),
    ]);
    const pattern = mergePath(base, config.routeOverride ?? file.pattern);
    for (const method of methodsOf(route)) router.add(method, pattern, handler);
  }
}

function middlewaresOf<State>(
  file: string,
  mod: RouteModule,
): Middleware<State>[] {
  const exported = mod.handlers ?? mod.handler ?? mod.default;
  const list = Array.isArray(exported) ? exported : [exported];
  if (!list.every((one) => typeof one === "function")) {
    throw new Error(`A middleware is a function or an array of them: ${file}`);
  }
  return list as Middleware<State>[];
}

function methodsOf<State>({ handler, component }: Route<State>): Method[] {
  if (typeof handler !== "object") return METHODS;
  const methods = Object.keys(handler) as Method[];
  return component ? [...methods, "GET"] : methods;
}

/** A route file's exports as a route; throws when it has none of them. */
function toRoute<State>(file: string, mod: RouteModule): Route<State> {
  const handler = mod.handlers ?? mod.handler;
  const known = typeof mod.default === "function" ||
    typeof mod.config === "object" || typeof handler === "object" ||
    typeof handler === "function";
  if (!known) {
    throw new Error(
      `No default component, "handler", "handlers" or "config" in: ${file}`,
    );
  }
  if (typeof handler === "function" && handler.length > 1) {
    throw new Error(`Handlers must only have one argument: ${file}`);
  }
  const route: Route<State> = { config: (mod.config ?? {}) as RouteConfig };
  if (mod.default) {
    route.component = mod.default as NonNullable<Route<State>["component"]>;
  }
  if (handler) {
    route.handler = handler as NonNullable<Route<State>["handler"]>;
  }
  return route;
}
