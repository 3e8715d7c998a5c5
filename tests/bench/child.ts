/** Helpers of the bench that run as processes of their own, with a port each. */
import { fileURLToPath } from "node:url";

export interface Child {
  /** http://127.0.0.1:PORT */
  origin: string;
  port: number;
  stop(): Promise<void>;
}

/** Starts a script beside this file; its argument is `given` as JSON. */
export async function startChild(file: string, given: unknown): Promise<Child> {
  const child = new Deno.Command(Deno.execPath(), {
    args: argsOf(file, given),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stop = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await child.status;
  };
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [, port] = /^port (\d+)$/m.exec(text) ?? [];
    if (port === undefined) continue;
    return { origin: `http://127.0.0.1:${port}`, port: Number(port), stop };
  }
  await stop();
  throw new Error(`${file} does not say its port`);
}

/** Serves in a script that `startChild` has started. */
export function serveChild(handler: Deno.ServeHandler): void {
  Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    // deno-lint-ignore no-console -- whoever started it waits for this line
    onListen: ({ port }) => console.log(`port ${port}`),
  }, handler);
}

/** Runs a script to its end; answers what it has printed, read as JSON. */
export async function runChild<T>(file: string, given: unknown): Promise<T> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: argsOf(file, given),
    stdin: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${file} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function argsOf(file: string, given: unknown): string[] {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return ["run", "-A", "--quiet", path, JSON.stringify(given)];
}
