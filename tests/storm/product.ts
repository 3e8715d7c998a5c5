/**
 * The product as it is deployed: `lib/tasks/serve.ts` over a build, each
 * instance a process of its own, killed with SIGKILL and started again by a
 * supervisor, as a container platform does. A planted fault is a changed copy
 * of one module that an import map puts in the place of the real one, so that
 * the product itself has no switch for faults.
 */
import { Builder } from "fresh/dev";
import { pathToFileURL } from "node:url";
import { pause, skewModule } from "./clock.ts";
import type { Plant } from "./plants.ts";

const ROOT = new URL("../../", import.meta.url);
const FLAGS = ["net", "env", "read", "write", "sys"].map((one) =>
  `--allow-${one}`
);

/** Writes build and import map into `directory`; answers the flags to run it. */
export async function prepareProduct(
  directory: string,
  plant: Plant | null,
): Promise<string[]> {
  await new Builder({
    root: ROOT.href,
    outDir: `${directory}/fresh`,
    target: ["chrome78", "safari13"],
  }).build();
  const config = new URL("deno.json", ROOT);
  const { imports } = JSON.parse(await Deno.readTextFile(config)) as {
    imports: Record<string, string>;
  };
  const map: Record<string, string> = {
    [new URL("_fresh/server.js", ROOT).href]: toUrl(
      `${directory}/fresh/server.js`,
    ),
  };
  // What the configuration file does by itself: subpaths of each package.
  for (const [name, target] of Object.entries(imports)) {
    map[name] = target;
    map[`${name}/`] = target.replace(/^(npm|jsr):/, "$1:/") + "/";
  }
  if (plant) {
    const real = new URL(plant.module, ROOT);
    const copy = `${directory}/planted.ts`;
    await Deno.writeTextFile(copy, await planted(real, plant));
    map[real.href] = toUrl(copy);
  }
  await Deno.writeTextFile(
    `${directory}/imports.json`,
    JSON.stringify({ imports: map }),
  );
  return [
    ...FLAGS,
    "--no-lock",
    "--no-check",
    `--config=${decodeURIComponent(config.pathname)}`,
    `--import-map=${directory}/imports.json`,
  ];
}

/** The module with the fault in it, its relative imports made absolute. */
async function planted(real: URL, plant: Plant): Promise<string> {
  let text = await Deno.readTextFile(real);
  for (const [sound, faulty] of plant.changes) {
    if (!text.includes(sound)) {
      throw new Error(`Cannot plant ${plant.name}: ${plant.module} changed`);
    }
    text = text.replace(sound, faulty);
  }
  return text.replace(
    /(from\s+|import\()"(\.[^"]+)"/g,
    (_, before, path) => `${before}"${new URL(path, real).href}"`,
  );
}

export interface Instance {
  readonly port: number;
  readonly kills: number;
  /** Runs it, and again whenever it ends, until `stop`. */
  start(clockAheadMs: number): Promise<void>;
  /** SIGKILL; the supervisor starts it again. */
  kill(): void;
  /** SIGKILL, and it stays down. */
  stop(): Promise<void>;
  /** Waits until it answers. */
  ready(withinMs: number): Promise<boolean>;
}

export function createInstance(options: {
  directory: string;
  name: string;
  port: number;
  flags: string[];
  env: Record<string, string>;
}): Instance {
  const { directory, name, port, flags, env } = options;
  let child: Deno.ChildProcess | null = null;
  let supervising: Promise<void> | null = null;
  let wanted = false;
  let kills = 0;

  async function supervise(clock: string): Promise<void> {
    const log = await Deno.open(`${directory}/${name}.log`, {
      create: true,
      append: true,
    });
    while (wanted) {
      child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          ...flags,
          `--preload=${clock}`,
          decodeURIComponent(new URL("lib/tasks/serve.ts", ROOT).pathname),
        ],
        cwd: directory,
        clearEnv: true,
        env: { ...env, PORT: String(port) },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      await Promise.all([
        child.stdout.pipeTo(sink(log)),
        child.stderr.pipeTo(sink(log)),
        child.status,
      ]);
      child = null;
      if (wanted) await pause(100);
    }
    log.close();
  }

  function strike(): void {
    try {
      child?.kill("SIGKILL");
    } catch {
      // It ended by itself a moment ago.
    }
  }

  const instance: Instance = {
    port,
    get kills() {
      return kills;
    },
    async start(ahead) {
      const clock = `${directory}/${name}.clock.ts`;
      await Deno.writeTextFile(clock, skewModule(ahead));
      wanted = true;
      supervising = supervise(clock);
    },
    kill() {
      kills += 1;
      strike();
    },
    async stop() {
      wanted = false;
      strike();
      await supervising;
    },
    async ready(withinMs) {
      const deadline = Date.now() + withinMs;
      while (Date.now() < deadline) {
        try {
          const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
          await answer.body?.cancel();
          if (answer.ok) return true;
        } catch {
          // Not listening yet.
        }
        await pause(100);
      }
      return false;
    },
  };
  return instance;
}

function sink(file: Deno.FsFile): WritableStream<Uint8Array> {
  return new WritableStream({
    async write(chunk) {
      for (let at = 0; at < chunk.length;) {
        at += await file.write(chunk.subarray(at));
      }
    },
  });
}

function toUrl(path: string): string {
  return pathToFileURL(path).href;
}
