/**
 * Finds what the file system says about an app: routes, islands, static files.
 */
import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { compareRoutes, toPattern } from "../router.ts";
import type { RouteKind } from "../snapshot.ts";

export interface FoundRoute {
  kind: RouteKind;
  path: string;
  dir: string;
  pattern: string;
  /** Loaded on the first request; not possible where the file says its own URL. */
  lazy: boolean;
}

/** Every file below `dir`, sorted; none when there is no such directory. */
export async function walk(dir: string, skip: RegExp[]): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(dir)) {
      const path = dir + sep + entry.name;
      if (skip.some((pattern) => pattern.test(path))) continue;
      if (entry.isDirectory) found.push(...await walk(path, skip));
      else if (entry.isFile) found.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}

const CODE = /\.[tj]sx?$/;

export async function crawl(
  islandDir: string,
  routeDir: string,
  ignore: RegExp[],
): Promise<{ islands: string[]; routes: FoundRoute[] }> {
  const islands = await walk(islandDir, ignore);
  const files: string[] = [];
  for (const path of await walk(routeDir, ignore)) {
    const folder = toUrlPath(relative(routeDir, path))
      .match(/(?:^|\/)\((_[^/]+)\)\//)?.[1];
    if (folder === "_islands") islands.push(path);
    else if (folder === undefined) files.push(path);
  }
  const routes: [id: string, route: FoundRoute][] = [];
  for (const path of files.filter((path) => CODE.test(path))) {
    const id = toUrlPath(relative(routeDir, path)).replace(/\.\w+$/, "");
    routes.push([id, await describe(id, path)]);
  }
  routes.sort(([a, x], [b, y]) =>
    ORDER.indexOf(x.kind) - ORDER.indexOf(y.kind) || compareRoutes(a, b)
  );
  return {
    islands: islands.filter((path) => CODE.test(path)),
    routes: routes.map(([, route]) => route),
  };
}

/** Whatever surrounds routes is registered before them. */
const ORDER: RouteKind[] = [
  "app",
  "middleware",
  "layout",
  "error",
  "notFound",
  "route",
];

const SPECIAL: Record<string, RouteKind> = {
  _app: "app",
  _middleware: "middleware",
  _layout: "layout",
  _error: "error",
  _500: "error",
  _404: "notFound",
};

async function describe(id: string, path: string): Promise<FoundRoute> {
  const cut = id.lastIndexOf("/");
  const dir = toPattern(cut < 0 ? "" : id.slice(0, cut), true);
  const kind = SPECIAL[id.slice(cut + 1)] ?? "route";
  const pattern = kind === "route" ? toPattern(id) : dir;
  const lazy = kind === "route" &&
    !(await Deno.readTextFile(path)).includes("routeOverride");
  return { kind, path, dir, pattern, lazy };
}

/** A path of the file system as one of a URL, percent-encoded where needed. */
export function toUrlPath(path: string): string {
  return path.split(sep).map((part) =>
    encodeURIComponent(part).replaceAll("%5B", "[").replaceAll("%5D", "]")
  ).join("/");
}

export function toFileUrl(path: string): string {
  return pathToFileURL(path).href;
}
