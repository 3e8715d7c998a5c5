/**
 * Bundles islands and the client runtime with esbuild: one chunk per island
 * file, shared code split off, one copy of Preact. In production each island is
 * there once more with the runtime in it: a page with islands of one file loads
 * that alone, which is one request instead of three, and smaller. The synchronous call is
 * used on purpose: no process of it outlives the build. Bare specifiers are looked up in
 * `node_modules`; the import map of the nearest `deno.json` becomes aliases.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, OutputFile } from "esbuild";
import { BOOT } from "../snapshot.ts";
import { shake } from "./shake.ts";

export interface Bundle {
  /** File name → content; the name carries a hash of it. */
  files: Map<string, { hash: string; content: Uint8Array<ArrayBuffer> }>;
  /** Name of an entry point → its file name. */
  entries: Record<string, string>;
  /** File name → the files that it imports, directly or through others. */
  imports: Record<string, string[]>;
  /** Name of an entry point → the file that has the runtime, too. */
  alone: Record<string, string>;
}

export interface BundleOptions {
  root: string;
  /** Name → path of the module. */
  entryPoints: Record<string, string>;
  buildId: string;
  target: string | string[];
  dev: boolean;
}

const JSX = "fresh-jsx";
const RUNTIME = fileURLToPath(new URL("../client/mod.ts", import.meta.url));

/**
 * Modules of packages that act on nothing but themselves when they are loaded,
 * though no `sideEffects` says so. Read before one is put here.
 */
const SELF_CONTAINED = [
  "@wecom/jssdk/dist/wecom.js",
];

export async function bundle(options: BundleOptions): Promise<Bundle> {
  // Otherwise esbuild keeps a worker and a process for further synchronous calls.
  Deno.env.set("ESBUILD_WORKER_THREADS", "0");
  const { buildSync, transformSync } = await import("esbuild");
  const { root, entryPoints, buildId, target, dev } = options;
  const mode = dev ? "development" : "production";
  const { imports, dir } = readConfig(root);
  const settings = {
    absWorkingDir: root,
    alias: {
      ...aliases(imports, dir),
      [`${JSX}/jsx-runtime`]: RUNTIME,
      [`${JSX}/jsx-dev-runtime`]: RUNTIME,
    },
    bundle: true,
    // Escapes would double the size of Chinese text.
    charset: "utf8",
    chunkNames: "chunk-[hash]",
    define: {
      "process.env.NODE_ENV": JSON.stringify(mode),
      __FRESH_BUILD_ID__: JSON.stringify(buildId),
    },
    entryNames: "[name]-[hash]",
    entryPoints,
    format: "esm",
    jsx: "automatic",
    jsxDev: dev,
    jsxImportSource: JSX,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    minify: !dev,
    nodePaths: [join(dir, "node_modules")],
    outdir: ".",
    platform: "browser",
    sourcemap: dev ? "inline" : false,
    splitting: true,
    // Chrome before 91 fails in one case alone, `f?.(...a, b)` (v8:11558), which
    // nobody writes; without this, each `?.` is spelled out for such targets.
    supported: { "optional-chain": true },
    target,
    // A tsconfig.json somewhere above must have no say.
    tsconfigRaw: "{}",
    write: false,
  } satisfies BuildOptions;
  const shaken: Record<string, string> = {};
  for (const module of dev ? [] : SELF_CONTAINED) {
    const path = join(dir, "node_modules", module);
    if (!existsSync(path)) continue;
    // Left outside, the module is imported by the names that are really used.
    const { outputFiles } = buildSync({
      ...settings,
      external: [module],
      minify: false,
    });
    const names = importedNames(outputFiles.map(({ text }) => text), module);
    if (names === null) continue;
    const { code } = transformSync(readFileSync(path, "utf8"), {
      charset: "utf8",
      legalComments: "none",
    });
    const rest = shake(code, names);
    if (rest === null) continue;
    shaken[module] = "data:text/javascript;charset=utf-8," +
      encodeURIComponent(rest);
  }
  const shared = { ...settings, alias: { ...settings.alias, ...shaken } };
  const result = buildSync(shared);

  const files: Bundle["files"] = new Map();
  const keep = ({ path, hash, contents }: OutputFile): string => {
    const content = contents as Uint8Array<ArrayBuffer>;
    files.set(basename(path), { hash, content });
    return basename(path);
  };
  result.outputFiles.forEach(keep);
  const direct = new Map<string, string[]>();
  const entries: Record<string, string> = {};
  const alone: Record<string, string> = {};
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    const file = basename(path);
    const chunks = output.imports.filter((one) =>
      one.kind === "import-statement"
    );
    direct.set(file, chunks.map((one) => basename(one.path)));
    const { entryPoint } = output;
    if (entryPoint === undefined) continue;
    const name = file.slice(0, file.lastIndexOf("-"));
    entries[name] = file;
    const source = entryPoints[name];
    if (dev || source === undefined || !name.startsWith("island")) continue;
    const { outputFiles: [whole] } = buildSync({
      ...shared,
      entryPoints: [],
      splitting: false,
      entryNames: `${name}-alone-[hash]`,
      stdin: {
        contents: `export{boot as ${BOOT}}from${JSON.stringify(RUNTIME)};` +
          `export{${output.exports}}from${JSON.stringify(source)}`,
        resolveDir: root,
      },
    });
    if (whole) alone[name] = keep(whole);
  }
  const imported = [...direct.keys()].map((
    file,
  ) => [file, reach(file, direct)]);
  return { files, entries, imports: Object.fromEntries(imported), alone };
}

/** What bundles import from a module; null if nothing, or not all of it by name. */
function importedNames(texts: string[], module: string): string[] | null {
  const names = new Set<string>();
  for (const text of texts) {
    const mentions = text.split(JSON.stringify(module)).length - 1;
    const imports = text.matchAll(/^import \{([^{}]*)\} from "([^"]*)";$/gm);
    let understood = 0;
    for (const [, list = "", from] of imports) {
      if (from !== module) continue;
      understood++;
      for (const one of list.split(",")) {
        const [name = ""] = one.trim().split(" as ");
        if (name) names.add(name);
      }
    }
    if (understood !== mentions) return null;
  }
  return names.size > 0 ? [...names] : null;
}

function reach(file: string, direct: Map<string, string[]>): string[] {
  const seen = new Set<string>();
  const visit = (from: string) => {
    for (const next of direct.get(from) ?? []) {
      if (!seen.has(next)) visit((seen.add(next), next));
    }
  };
  visit(file);
  return [...seen];
}

interface Config {
  imports: Record<string, string>;
  dir: string;
}

/** The nearest `deno.json` at or above `dir` that has an import map. */
function readConfig(dir: string): Config {
  try {
    const text = readFileSync(join(dir, "deno.json"), "utf8");
    const { imports } = JSON.parse(text);
    if (imports) return { imports, dir };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const parent = dirname(dir);
  if (parent === dir) throw new Error("No deno.json with imports found");
  return readConfig(parent);
}

/** The entries of an import map that `node_modules` does not answer by itself. */
function aliases(imports: Record<string, string>, dir: string) {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(imports)) {
    const npm = value.match(/^npm:\/?((?:@[^/]+\/)?[^@/]+)(?:@[^/]*)?(\/.*)?$/);
    if (npm) {
      const name = `${npm[1]}${npm[2] ?? ""}`;
      if (name !== key) out[key] = name;
    } else if (value.startsWith("jsr:@fresh/core")) {
      const runtime = new URL("../runtime.ts", import.meta.url);
      out[`${key}/runtime`] = fileURLToPath(runtime);
    } else if (value.startsWith(".")) {
      out[key.replace(/\/$/, "")] = resolve(dir, value);
    }
  }
  return out;
}
