/**
 * Files that only their owner may read: the embedded database, KV, the sandbox's
 * journal and keys hold orders, tokens and telephone numbers. Where the system
 * knows no modes (Windows) the directory's own rights hold.
 */

/** What the product puts into `DATA_DIR`. */
const OURS =
  /^(postgres|kv\.sqlite3(-wal|-shm|-journal)?|sandbox\.jsonl|session_secret|data_key|lock|owner\.json)$/;

/**
 * Takes the rights of everybody else from what the product keeps in a directory,
 * and from the directory when it holds nothing else: one that is shared, such as
 * /tmp, is not ours to close.
 */
export async function restrict(directory: string): Promise<void> {
  let shared = false;
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (OURS.test(name)) await hide(`${directory}/${name}`, isDirectory);
    else shared = true;
  }
  if (!shared) await hide(directory, true);
}

/** Makes the file if it is not there; SQLite gives its mode to the files beside it. */
export async function makePrivate(path: string): Promise<void> {
  const file = await Deno.open(path, {
    create: true,
    append: true,
    mode: 0o600,
  });
  file.close();
  await hide(path, false);
}

/** Closes a file that may be closed already. */
export function closeFile(file: Deno.FsFile): void {
  try {
    file.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

async function hide(path: string, isDirectory: boolean): Promise<void> {
  const { mode } = await Deno.lstat(path);
  if (mode === null || (mode & 0o077) === 0) return;
  try {
    await Deno.chmod(path, isDirectory ? 0o700 : 0o600);
  } catch (error) {
    // Of another owner, who decides who reads it.
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
}
