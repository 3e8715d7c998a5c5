/**
 * The product as a process, started as it is deployed: with the command of the
 * task and nothing but variables.
 */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

export interface Product {
  origin: string;
  port: number;
  /** What it has printed so far. */
  text(): string;
  /** Waits until it has printed this. */
  says(what: RegExp): Promise<void>;
  stop(): Promise<number>;
  kill(): void;
  /** Its exit code. */
  ended: Promise<number>;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

export async function run(args: string[], env: Record<string, string>) {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "",
      NO_COLOR: "1",
      ...env,
    },
    clearEnv: true,
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: decode(stdout) + decode(stderr) };
}

/** The command of `deno task start`, without the build. */
export async function serveArgs(): Promise<string[]> {
  const config = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const line: string = config.tasks.start.command;
  return line.split("&&").at(-1)?.trim().split(" ").slice(1) ?? [];
}

/** The documented ways to start it, each as arguments of `deno`. */
export const WAYS = {
  "serve.ts": serveArgs,
  "deno task start": () => Promise.resolve(["task", "start"]),
  "deno serve": (port: number) =>
    Promise.resolve(["serve", "-A", `--port=${port}`, "_fresh/server.js"]),
};

export async function start(
  env: Record<string, string>,
  way: (port: number) => Promise<string[]> = serveArgs,
): Promise<Product> {
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: await way(port),
    cwd: ROOT,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "",
      NO_COLOR: "1",
      PORT: String(port),
      PUBLIC_ORIGIN: `http://localhost:${port}`,
      ...env,
    },
    clearEnv: true,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const reading = Promise.all(
    [child.stdout, child.stderr].map(async (stream) => {
      for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
        text += chunk;
      }
    }),
  );
  let over = false;
  const ended = child.status.then(async ({ code }) => {
    over = true;
    await reading;
    return code;
  });
  const signal = (name: Deno.Signal) => {
    try {
      child.kill(name);
    } catch {
      // It has ended already.
    }
  };
  const origin = `http://localhost:${port}`;
  const deadline = Date.now() + 60_000;
  for (;;) {
    const up = await fetch(`${origin}/healthz`).then(async (response) => {
      await response.text();
      return response.ok;
    }).catch(() => false);
    if (up) break;
    if (over || Date.now() > deadline) {
      signal("SIGKILL");
      throw new Error(`Did not start: ${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    origin,
    port,
    text: () => text,
    async says(what) {
      while (!what.test(text)) {
        if (Date.now() > deadline) throw new Error(`Does not say it: ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop() {
      signal("SIGTERM");
      return ended;
    },
    kill: () => signal("SIGKILL"),
    ended,
  };
}

let built: Promise<{ code: number; text: string }> | undefined;
export const build = async () => {
  const { code, text } = await (built ??= run(["task", "build"], {}));
  assert.equal(code, 0, text);
};
