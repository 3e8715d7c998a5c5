/** Opens Deno KV: a file of its own directory, or the platform's without a path. */
import { makePrivate } from "./private_files.ts";

export async function openKv(path: string | undefined): Promise<Deno.Kv> {
  const at = path?.lastIndexOf("/") ?? -1;
  if (path && at > 0) {
    await Deno.mkdir(path.slice(0, at), { recursive: true, mode: 0o700 });
  }
  if (path) await makePrivate(path);
  return await Deno.openKv(path);
}
