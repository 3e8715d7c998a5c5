/**
 * What a build knows and a running app needs: routes, islands with their chunks,
 * and static files. Files are looked up by their exact URL path in a table made
 * at build time, so no request can reach outside it.
 */
import type { ComponentType } from "preact";
import type { Island } from "./types.ts";
import type { App } from "./app.ts";

export type RouteKind =
  | "app"
  | "middleware"
  | "error"
  | "notFound"
  | "route";

export type RouteModule = Record<string, unknown>;

export interface RouteFile {
  kind: RouteKind;
  /** For messages only. */
  file: string;
  /** Where the file sits: decides which middlewares apply. */
  dir: string;
  /** The URL pattern of a route. */
  pattern: string;
  mod: RouteModule | (() => Promise<RouteModule>);
}

/** The better one first. */
export const ENCODINGS = ["br", "gzip"] as const;
export type Encoding = typeof ENCODINGS[number];

export interface StaticFile {
  contentType: string;
  hash: string;
  immutable: boolean;
  /** The content itself, or where it lies on disk. */
  content: Uint8Array<ArrayBuffer> | URL;
  /** The same, compressed by the build. */
  packed?: Partial<Record<Encoding, URL>>;
}

export interface IslandModule {
  /** Name of the default export. */
  name: string;
  /** URL path of the chunk in the browser. */
  file: string;
  mod: RouteModule;
}

/** What `boot` is called beside an island's own exports. */
export const BOOT = "$boot";

export interface Snapshot {
  root: string;
  buildId: string;
  /** URL path of the module that exports `boot`. */
  clientEntry: string;
  /** URL path of a module for every page, in development. */
  devEntry: string | null;
  /** Chunks each entry imports, so that the browser can ask for all at once. */
  imports: Record<string, string[]>;
  /** URL path of an island's chunk → of the one with `boot` in it, as `BOOT`. */
  alone: Record<string, string>;
  islands: Map<unknown, Island>;
  routes: RouteFile[];
  files: Map<string, StaticFile>;
}

/** Gives an app its build; set before `app.handler()` is called. */
export const snapshots = new WeakMap<object, Snapshot>();

export function arm<State>(
  app: App<State>,
  snapshot: Snapshot,
  mode: "development" | "production",
): void {
  app.config.root = snapshot.root;
  app.config.mode = mode;
  snapshots.set(app, snapshot);
}

/** Every exported function is an island; names are made unique across files. */
export function registerIslands(modules: IslandModule[]): Map<unknown, Island> {
  const islands = new Map<unknown, Island>();
  const taken = new Set<string>();
  for (const { name: fileName, file, mod } of modules) {
    for (const [exportName, fn] of Object.entries(mod)) {
      if (typeof fn !== "function") continue;
      const base = (exportName === "default" ? fileName : exportName)
        .replaceAll(/[^\w$]+/g, "_");
      let name = base;
      for (let n = 1; taken.has(name); n++) name = `${base}_${n}`;
      taken.add(name);
      islands.set(fn, {
        file,
        name,
        exportName,
        fn: fn as ComponentType,
        css: [],
      });
    }
  }
  return islands;
}
