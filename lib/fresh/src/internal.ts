/**
 * `fresh/internal`: what the generated `_fresh/server.js` calls. Not for apps.
 */
import type { App } from "./app.ts";
import { setBuildId } from "./build_id.ts";
import {
  arm,
  type IslandModule,
  registerIslands,
  type RouteFile,
  type Snapshot,
  type StaticFile,
} from "./snapshot.ts";

export interface BuildRecord
  extends Omit<Snapshot, "root" | "islands" | "files" | "devEntry"> {
  /** The project's directory. */
  root: URL;
  islands: IslandModule[];
  routes: RouteFile[];
  /** URL path → file, with its place relative to `root`. */
  files: Record<string, Omit<StaticFile, "content"> & { content: string }>;
}

/** Arms the app with a build that lies on disk. */
export function loadBuild<State>(app: App<State>, build: BuildRecord): void {
  setBuildId(build.buildId);
  const files = Object.entries(build.files).map(([path, file]) => {
    const content = new URL(file.content, build.root);
    return [path, { ...file, content }] as const;
  });
  arm(app, {
    ...build,
    root: decodeURIComponent(build.root.pathname),
    devEntry: null,
    islands: registerIslands(build.islands),
    files: new Map(files),
  }, "production");
}
