/**
 * `fresh/internal`: what the generated `_fresh/server.js` calls. Not for apps.
 */
import type { App } from "./app.ts";
import { setBuildId } from "./build_id.ts";
import {
  arm,
  type Encoding,
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
  files: Record<string, FileRecord>;
}

type FileRecord = Omit<StaticFile, "content" | "packed"> & {
  content: string;
  packed: Partial<Record<Encoding, string>>;
};

/** Arms the app with a build that lies on disk. */
export function loadBuild<State>(app: App<State>, build: BuildRecord): void {
  setBuildId(build.buildId);
  const files = Object.entries(build.files).map(([path, file]) => {
    const at = (place: string) => new URL(place, build.root);
    const packed = Object.fromEntries(
      Object.entries(file.packed).map(([name, place]) => [name, at(place)]),
    );
    return [path, { ...file, content: at(file.content), packed }] as const;
  });
  arm(app, {
    ...build,
    root: decodeURIComponent(build.root.pathname),
    devEntry: null,
    islands: registerIslands(build.islands),
    files: new Map(files),
  }, "production");
}
