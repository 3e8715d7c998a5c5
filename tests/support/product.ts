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
  stop(): Promise<number>;
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

export async function start(
  env: Record<string, string>,
  port = freePort(),
): Promise<Product> {
  const child = new Deno.Command(Deno.execPath(), {
    args: await serveArgs(),
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
  const origin = `http://localhost:${port}`;
  const deadline = Date.now() + 60_000;
  for (;;) {
    const up = await fetch(`${origin}/healthz`).then(async (response) => {
      await response.text();
      return response.ok;
    }).catch(() => false);
    if (up) break;
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`Did not start: ${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    origin,
    port,
    text: () => text,
    async stop() {
      child.kill("SIGTERM");
      const { code } = await child.status;
      await reading;
      return code;
    },
  };
}

let built: Promise<{ code: number; text: string }> | undefined;
export const build = async () => {
  const { code, text } = await (built ??= run(["task", "build"], {}));
  assert.equal(code, 0, text);
};
