/** Opens Deno KV: a file of its own directory, or the platform's without a path. */
import { isLocked } from "./cache_kv.ts";
import { makePrivate } from "./private_files.ts";

/** SQLite's name for a database without a file. */
const IN_MEMORY = ":memory:";
/** Several processes that start at the same time open one file in turns. */
const MOST_TRIES = 20;
const PAUSE_MS = 100;

export async function openKv(
  path: string | undefined,
  { random, sleep }: {
    /** In [0, 1). */
    random: () => number;
    sleep: (ms: number) => Promise<void>;
  },
): Promise<Deno.Kv> {
  if (path === undefined || path === IN_MEMORY) return await Deno.openKv(path);
  const at = path.lastIndexOf("/");
  if (at > 0) {
    await Deno.mkdir(path.slice(0, at), { recursive: true, mode: 0o700 });
  }
  await makePrivate(path);
  for (let tries = 1;; tries++) {
    try {
      return await Deno.openKv(path);
    } catch (error) {
      if (!isLocked(error) || tries === MOST_TRIES) throw error;
      await sleep(PAUSE_MS * (0.5 + random()));
    }
  }
}
