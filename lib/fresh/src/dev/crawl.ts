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
  /** Loaded on the first request. */
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
/** Tests may stand beside what they test. */
const TEST = /[._]test\.(?:[tj]sx?|[mc][tj]s)$/;

export async function crawl(
  islandDir: string,
  routeDir: string,
): Promise<{ islands: string[]; routes: FoundRoute[] }> {
  const code = async (dir: string) =>
    (await walk(dir, [TEST])).filter((path) => CODE.test(path));
  const islands = await code(islandDir);
  const routes: [id: string, route: FoundRoute][] = [];
  for (const path of await code(routeDir)) {
    const id = toUrlPath(relative(routeDir, path)).replace(/\.\w+$/, "");
    routes.push([id, describe(id, path)]);
  }
  routes.sort(([a, x], [b, y]) =>
    ORDER.indexOf(x.kind) - ORDER.indexOf(y.kind) || compareRoutes(a, b)
  );
  return {
    islands,
    routes: routes.map(([, route]) => route),
  };
}

/** Whatever surrounds routes is registered before them. */
const ORDER: RouteKind[] = [
  "app",
  "middleware",
  "error",
  "notFound",
  "route",
];

const SPECIAL: Record<string, RouteKind> = {
  _app: "app",
  _middleware: "middleware",
  _error: "error",
  _404: "notFound",
};

function describe(id: string, path: string): FoundRoute {
  const cut = id.lastIndexOf("/");
  const dir = toPattern(cut < 0 ? "" : id.slice(0, cut));
  const kind = SPECIAL[id.slice(cut + 1)] ?? "route";
  const pattern = kind === "route" ? toPattern(id) : dir;
  return { kind, path, dir, pattern, lazy: kind === "route" };
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
