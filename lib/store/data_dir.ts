/**
 * `DATA_DIR` belongs to one process: PGlite is one session over plain files, and
 * two of them on the same files lose each other's commits without an error. The
 * system's file lock says whose it is: it ends with its holder, however that
 * ends. Beside it stands who holds it, for whoever comes second. What lies in the
 * directory is for its owner alone to read.
 */
import { closeFile, restrict } from "./private_files.ts";

export interface Holder {
  pid: number;
  /** ISO 8601. */
  since: string;
  /** Where it serves. */
  address: string;
}

export interface Claim {
  /** Gives the directory back; harmless when called twice. */
  release(): void;
}

/** For a person: says what is wrong with `DATA_DIR`, and what to do. */
export class DataDirError extends Error {
  override readonly name = "DataDirError";
}

const LOCK = "lock";
const HOLDER = "owner.json";
/** For Deno before `tryLock`: a lock that is free is had at once. */
const PATIENCE_MS = 500;

/** Throws `DataDirError` when another has it or it cannot be written. */
export async function claimDataDir(
  directory: string,
  address: string,
  now: () => number = Date.now,
): Promise<Claim> {
  const file = await openLock(directory);
  if (!await tryLock(file)) {
    file.close();
    throw new DataDirError(inUse(directory, await readHolder(directory)));
  }
  const holder: Holder = {
    pid: Deno.pid,
    since: new Date(now()).toISOString(),
    address,
  };
  try {
    await restrict(directory);
    const path = `${directory}/${HOLDER}`;
    await Deno.writeTextFile(path, JSON.stringify(holder), { mode: 0o600 });
  } catch (cause) {
    file.close();
    throw unwritable(directory, cause);
  }
  // The lock goes with the file; so it is held here until it is given back.
  return { release: () => closeFile(file) };
}

async function openLock(directory: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
    return await Deno.open(`${directory}/${LOCK}`, {
      create: true,
      read: true,
      write: true,
      mode: 0o600,
    });
  } catch (cause) {
    throw unwritable(directory, cause);
  }
}

async function tryLock(file: Deno.FsFile): Promise<boolean> {
  if (typeof file.tryLock === "function") return await file.tryLock(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const had = file.lock(true).then(() => true, () => false);
  return await Promise.race([had, late]).finally(() => clearTimeout(timer));
}

/** null when it cannot be told: it has just come, or is just going. */
async function readHolder(directory: string): Promise<Holder | null> {
  try {
    return JSON.parse(await Deno.readTextFile(`${directory}/${HOLDER}`));
  } catch {
    return null;
  }
}

function inUse(directory: string, holder: Holder | null): string {
  const who = holder
    ? `进程 ${holder.pid}（${holder.since} 启动，${holder.address}）`
    : "另一个进程";
  return `数据目录 DATA_DIR（${directory}）正被${who}使用：内置数据库同一时间只能由一个进程打开，` +
    "否则会丢数据。请先停止那个进程；需要多个进程或在服务运行时执行任务，请改用 Postgres（DATABASE_URL）";
}

function unwritable(directory: string, cause: unknown): DataDirError {
  return new DataDirError(
    `数据目录 DATA_DIR（${directory}）不可写：请检查它的路径、所有者和磁盘，或把 DATA_DIR 设为可写的目录`,
    { cause },
  );
}
