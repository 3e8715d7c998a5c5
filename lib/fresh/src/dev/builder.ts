/**
 * Builds an app: crawls routes and islands, bundles what the browser needs, and
 * either writes `_fresh/` for `deno serve _fresh/server.js` or keeps everything
 * in memory for tests and development. Code of the server is not bundled.
 */
import { createHash } from "node:crypto";
import { basename, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "../app.ts";
import { setBuildId } from "../build_id.ts";
import { serve } from "../listen.ts";
import { print } from "../print.ts";
import {
  arm,
  registerIslands,
  type Snapshot,
  type StaticFile,
} from "../snapshot.ts";
import type { ListenOptions } from "../types.ts";
import { bundle } from "./bundle.ts";
import { contentType } from "./content_type.ts";
import { crawl, type FoundRoute, toFileUrl, walk } from "./crawl.ts";
import { writeBuild } from "./write.ts";

export interface BuildOptions {
  /** Browsers or language level for esbuild. */
  target?: string | string[];
  /** The project's directory; the others are relative to it. */
  root?: string;
  outDir?: string;
}

type Mode = "development" | "production";

/** What a build found and made, before it is written or loaded. */
export interface Build {
  buildId: string;
  clientEntry: string;
  devEntry: string | null;
  imports: Record<string, string[]>;
  alone: Record<string, string>;
  islands: { name: string; path: string; file: string }[];
  routes: FoundRoute[];
  files: Map<string, StaticFile>;
}

const PREFIX = "/_fresh/js/";

// deno-lint-ignore no-explicit-any -- a builder takes the app of any state
export class Builder<State = any> {
  config: Required<BuildOptions>;

  constructor(options: BuildOptions = {}) {
    const root = toPath(options.root ?? ".", Deno.cwd());
    this.config = {
      target: options.target ?? ["chrome99", "firefox99", "safari15"],
      root,
      outDir: toPath(options.outDir ?? "_fresh", root),
    };
  }

  /**
   * Builds, by default to disk. The function it returns arms an app with a build
   * in memory; one on disk comes to life through `_fresh/server.js` only, so that
   * to build needs nothing of what the app needs to run.
   */
  async build(
    { mode = "production", snapshot = "disk" }: {
      mode?: Mode;
      snapshot?: "disk" | "memory";
    } = {},
  ): Promise<(app: App<State>) => void> {
    const build = await this.#build(mode);
    if (snapshot === "disk") {
      await writeBuild(this.config, build);
      print("log", `Assets written to: ${this.config.outDir}`);
    }
    const loaded = await this.#load(
      snapshot === "memory" ? build : { ...build, islands: [], routes: [] },
    );
    return (app) => arm(app, loaded, app.config.mode);
  }

  /**
   * Serves the app in development. A change takes effect when the process starts
   * again (`deno run --watch`); open pages then reload.
   */
  async listen(
    importApp: () => Promise<{ app: App<State> } | App<State>>,
    options: ListenOptions = {},
  ): Promise<void> {
    const snapshot = await this.#load(await this.#build("development"));
    const imported = await importApp();
    const app = imported instanceof App ? imported : imported.app;
    arm(app, snapshot, "development");
    const handler = app.handler();
    const revision = `data: ${Date.now()}\n\n`;
    const serveDev: Deno.ServeHandler = (req) => {
      if (new URL(req.url).pathname !== "/_frsh/alive") return handler(req);
      // Stays open until the server goes; then the page asks again.
      const body = new ReadableStream({
        start: (stream) => stream.enqueue(new TextEncoder().encode(revision)),
      });
      const headers = { "Content-Type": "text/event-stream" };
      return new Response(body, { headers });
    };
    serve(serveDev, options);
  }

  async #build(mode: Mode): Promise<Build> {
    const { root, target } = this.config;
    const { islands, routes } = await crawl(
      resolve(root, "islands"),
      resolve(root, "routes"),
    );
    const files = await this.#staticFiles();
    const buildId = digest(
      [...files].map(([path, { hash }]) => path + hash).sort().join(),
    );
    const dev = mode === "development";
    const runtime = (name: string) =>
      fileURLToPath(new URL(`../client/${name}.ts`, import.meta.url));
    const named = islands.map((path, i) => ({ key: `island${i}`, path }));
    const entryPoints = Object.fromEntries([
      ["fresh-runtime", runtime("mod")],
      ...dev ? [["fresh-reload", runtime("reload")]] : [],
      ...named.map(({ key, path }) => [key, path]),
    ]);
    const output = await bundle({ root, entryPoints, buildId, target, dev });
    for (const [name, { hash, content }] of output.files) {
      const type = contentType(name);
      files.set(PREFIX + name, {
        contentType: type,
        hash,
        content,
        immutable: true,
      });
    }
    const url = (key: string) => PREFIX + output.entries[key];
    return {
      buildId,
      clientEntry: url("fresh-runtime"),
      devEntry: dev ? url("fresh-reload") : null,
      imports: Object.fromEntries(
        Object.entries(output.imports).map(([file, chunks]) => [
          PREFIX + file,
          chunks.map((chunk) => PREFIX + chunk),
        ]),
      ),
      alone: Object.fromEntries(
        Object.entries(output.alone).map(([key, file]) => [
          url(key),
          PREFIX + file,
        ]),
      ),
      islands: named.map(({ key, path }) => ({
        name: basename(path).replace(/\.\w+$/, ""),
        path,
        file: url(key),
      })),
      routes,
      files,
    };
  }

  /** Static files by URL path. Hidden ones stay so, but for `.well-known`. */
  async #staticFiles(): Promise<Map<string, StaticFile>> {
    const dir = resolve(this.config.root, "static");
    const files = new Map<string, StaticFile>();
    for (const path of await walk(dir, [/[/\\]\.(?!well-known)[^/\\]+$/])) {
      const name = "/" +
        relative(dir, path).split(/[/\\]/).map(encodeURIComponent).join("/");
      files.set(name, {
        contentType: contentType(path),
        hash: digest(await Deno.readFile(path)),
        content: new URL(toFileUrl(path)),
        immutable: false,
      });
    }
    return files;
  }

  /** Imports routes and islands from source. */
  async #load(build: Build): Promise<Snapshot> {
    setBuildId(build.buildId);
    const islands = build.islands.map(async ({ name, file, path }) => ({
      name,
      file,
      mod: await import(toFileUrl(path)),
    }));
    const routes = build.routes.map(async ({ lazy, path, ...route }) => {
      const load = () => import(toFileUrl(path));
      return { ...route, file: path, mod: lazy ? load : await load() };
    });
    return {
      ...build,
      root: this.config.root,
      islands: registerIslands(await Promise.all(islands)),
      routes: await Promise.all(routes),
    };
  }
}

function toPath(path: string, root: string): string {
  return path.startsWith("file:") ? fileURLToPath(path) : resolve(root, path);
}

function digest(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 32);
}
