/**
 * Whether a file below one of the directories was written, made or removed in the
 * last seconds: what tells the watcher's SIGTERM from one that means the end.
 */
const LATELY_MS = 3_000;

export function changedLately(
  directories: readonly string[],
  now: number = Date.now(),
): boolean {
  return directories.some((directory) => {
    const since = now - LATELY_MS;
    // A directory changes with the names in it.
    if (writtenAt(directory) >= since) return true;
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      const path = `${directory}/${name}`;
      if (isDirectory ? changedLately([path], now) : writtenAt(path) >= since) {
        return true;
      }
    }
    return false;
  });
}

function writtenAt(path: string): number {
  return Deno.statSync(path).mtime?.getTime() ?? 0;
}
