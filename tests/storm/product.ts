/**
 * The product as it is deployed: `lib/tasks/serve.ts` over a build, each
 * instance a process of its own, killed with SIGKILL and started again by a
 * supervisor, as a container platform does. It runs from a copy: a planted
 * fault is a change of one module there, so that the product itself has no
 * switch for faults.
 */
import { fileURLToPath } from "node:url";
import { copy } from "../support/files.ts";
import { pause, skewModule } from "./clock.ts";
import type { Plant } from "./plants.ts";

const ROOT = new URL("../../", import.meta.url);
const PARTS = [
  "deno.json",
  "dev.ts",
  "main.ts",
  "lib",
  "routes",
  "islands",
  "migrations",
];
/** What it prints once it serves. */
const OPEN = "打开";
/** As `deno task start` runs it. */
const FLAGS = [
  ...["net", "env", "read", "write", "sys"].map((one) => `--allow-${one}`),
  "--no-lock",
  "--no-check",
];

/**
 * Copies the product into `directory` and builds it there, so that a run sees
 * one state of it from beginning to end; answers where it is.
 */
export async function prepareProduct(
  directory: string,
  plants: readonly Plant[],
): Promise<string> {
  const app = `${directory}/app`;
  await Deno.mkdir(app);
  for (const part of PARTS) {
    const from = fileURLToPath(new URL(part, ROOT));
    const to = `${app}/${part}`;
    if ((await Deno.stat(from)).isDirectory) {
      await Deno.mkdir(to, { recursive: true });
      await copy(from, to);
    } else await Deno.copyFile(from, to);
  }
  await Deno.symlink(
    fileURLToPath(new URL("node_modules", ROOT)),
    `${app}/node_modules`,
  );
  for (const plant of plants) await put(app, plant);
  await build(app);
  return app;
}

/** As `deno task build` does it. */
async function build(app: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "dev.ts", "build"],
    cwd: app,
    stdin: "null",
  }).output();
  if (!success) {
    throw new Error(`Cannot build: ${new TextDecoder().decode(stderr)}`);
  }
}

/** The fault takes the place of sound text, which must be there. */
async function put(app: string, { name, changes }: Plant) {
  for (const { module, sound, faulty } of changes) {
    const text = await Deno.readTextFile(`${app}/${module}`);
    if (!text.includes(sound)) {
      throw new Error(`Cannot plant ${name}: ${module} changed`);
    }
    const changed = text.replace(sound, () => faulty);
    await Deno.writeTextFile(`${app}/${module}`, changed);
  }
}

/** Runs a task of the product to its end. */
export async function runTask(
  app: string,
  task: string,
  { clock, ...env }: Record<string, string>,
): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...FLAGS, `--preload=${clock}`, task],
    cwd: app,
    clearEnv: true,
    env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

export interface Instance {
  readonly port: number;
  /** How it ended each time that it served and nobody killed it. */
  readonly crashes: readonly string[];
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
  /** Where the product is. */
  app: string;
  env: Record<string, string>;
}): Instance {
  const { directory, name, port, app, env } = options;
  let child: Deno.ChildProcess | null = null;
  let supervising: Promise<void> | null = null;
  let wanted = false;
  const crashes: string[] = [];

  async function supervise(clock: string): Promise<void> {
    const log = await Deno.open(`${directory}/${name}.log`, {
      create: true,
      append: true,
    });
    while (wanted) {
      child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          ...FLAGS,
          `--preload=${clock}`,
          "lib/tasks/serve.ts",
        ],
        cwd: app,
        clearEnv: true,
        env: { ...env, PORT: String(port) },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      // Without a database it gives up before it serves, and is started again.
      let serving = false;
      const [status] = await Promise.all([
        child.status,
        child.stdout.pipeTo(
          sink(log, (text) => serving ||= text.includes(OPEN)),
        ),
        child.stderr.pipeTo(sink(log)),
      ]);
      child = null;
      const end = `ended with code ${status.code}, signal ${status.signal}`;
      if (serving && status.signal !== "SIGKILL") {
        crashes.push(`${new Date().toISOString()} ${end}`);
      }
      await log.write(new TextEncoder().encode(`--- ${end}\n`));
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
    crashes,
    async start(ahead) {
      const clock = `${directory}/${name}.clock.ts`;
      await Deno.writeTextFile(clock, skewModule(ahead));
      wanted = true;
      supervising = supervise(clock);
    },
    kill: strike,
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

function sink(
  file: Deno.FsFile,
  read: (text: string) => void = () => {},
): WritableStream<Uint8Array> {
  const decoder = new TextDecoder();
  return new WritableStream({
    async write(chunk) {
      read(decoder.decode(chunk, { stream: true }));
      for (let at = 0; at < chunk.length;) {
        at += await file.write(chunk.subarray(at));
      }
    },
  });
}
