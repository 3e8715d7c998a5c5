import assert from "node:assert/strict";
import { statfsSync } from "node:fs";

const MEMORY = "/dev/shm";
const ROOM_BYTES = 2e9;

/**
 * A directory for a database, in memory if there is room. For ext4 a new file costs
 * more the more files were deleted in the last seconds: the thousand of a database
 * took up to a second of computing.
 */
export async function databaseDirectory(prefix: string): Promise<string> {
  return await Deno.makeTempDir({ prefix, ...hasRoom() && { dir: MEMORY } });
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}

/**
 * Copies the content of a directory into another, which exists. By the system's
 * own command: a thousand small files one by one cost as much as a test.
 */
export async function copy(from: string, to: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("cp", {
    args: ["-R", `${from}/.`, to],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
