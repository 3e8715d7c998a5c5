/** Opens Deno KV: a file of its own directory, or the platform's without a path. */
import { makePrivate } from "./private_files.ts";

/** SQLite's name for a database without a file. */
const IN_MEMORY = ":memory:";

export async function openKv(path: string | undefined): Promise<Deno.Kv> {
  if (path === undefined || path === IN_MEMORY) return await Deno.openKv(path);
  const at = path.lastIndexOf("/");
  if (at > 0) {
    await Deno.mkdir(path.slice(0, at), { recursive: true, mode: 0o700 });
  }
  await makePrivate(path);
  return await Deno.openKv(path);
}
