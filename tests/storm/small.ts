/** A storm that is a test, small and on its own. */
import { fileURLToPath } from "node:url";

/** A storm takes half a minute on an idle machine; Deno's own limit is one. */
export const PATIENCE = { timeout: 400_000 };

const STORM = fileURLToPath(new URL("./storm.ts", import.meta.url));

/** In a process of its own: what a storm breaks must not leak into the tests. */
export async function storm(
  ...args: string[]
): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", STORM, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}
