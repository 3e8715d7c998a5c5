/**
 * Puts the files of `routes/` into the app: what each exports, and where it goes.
 */
import type { Router } from "./router.ts";
import { compose, renderRoute, type Segment } from "./segments.ts";
import type { RouteFile, RouteModule } from "./snapshot.ts";
import type { Middleware, Route } from "./types.ts";

/** Where a registration ends up once the handler is made. */
export interface Target<State> {
  root: Segment<State>;
  router: Router<Middleware<State>>;
}

/** Registers one file. A route is loaded with the first request for it. */
export function addFile<State>(target: Target<State>, file: RouteFile): void {
  const { root, router } = target;
  const segment = root.at(file.dir);
  const { mod } = file;
  if (typeof mod === "function") {
    let route: Route<State> | null = null;
    const load = async () => route ??= toRoute<State>(file.file, await mod());
    const handler = compose<State>([
      ...segment.chain(),
      async (ctx) => await renderRoute(ctx, route ?? await load()),
    ]);
    router.add(file.pattern, handler);
    return;
  }
  if (file.kind === "middleware") {
    segment.middlewares.push(...middlewaresOf<State>(file.file, mod));
    return;
  }
  const route = toRoute<State>(file.file, mod);
  if (file.kind === "app" && route.component) root.app = route.component;
  else if (file.kind === "error") segment.error = route;
  else if (file.kind === "notFound") {
    root.notFound = (ctx) => renderRoute(ctx, route);
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

/** A route file's exports as a route; throws when it has none of them. */
function toRoute<State>(file: string, mod: RouteModule): Route<State> {
  const handler = mod.handlers ?? mod.handler;
  const known = typeof mod.default === "function" ||
    typeof handler === "object" || typeof handler === "function";
  if (!known) {
    throw new Error(
      `No default component, "handler" or "handlers" in: ${file}`,
    );
  }
  if (mod.config !== undefined) {
    throw new Error(`A "config" of a route is left out here: ${file}`);
  }
  if (typeof handler === "function" && handler.length > 1) {
    throw new Error(`Handlers must only have one argument: ${file}`);
  }
  const route: Route<State> = {};
  if (mod.default) {
    route.component = mod.default as NonNullable<Route<State>["component"]>;
  }
  if (handler) {
    route.handler = handler as NonNullable<Route<State>["handler"]>;
  }
  return route;
}
