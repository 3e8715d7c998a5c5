/**
 * Reads one person's contacts from WeCom into the mirror: pages of 100 (doc
 * 92994), each saved with its cursor, so that a cut run goes on where it was;
 * contacts are removed only after the last page. People stand in line for each
 * page, so that who has few contacts does not wait for who has thousands. Over all
 * instances one worker reads a person at a time: the claim is in the row, holds
 * for one page, and is checked in the transaction that saves it, so that a worker
 * that was believed dead cannot overwrite its successor.
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { Log } from "../http/log.ts";
import { AppError } from "../http/errors.ts";
import {
  batchGetByUser,
  CODE,
  isCode,
  type Place,
  type WecomClient,
} from "../wecom/mod.ts";
import { createPaging, doubtsCursor, isCircle } from "../wecom/paging.ts";
import { apart } from "../store/deadline.ts";
import { beginReading } from "../store/reading.ts";
import { claimSyncRun, type SyncRow } from "./sync_claim.ts";
import { applyListing, checkListing, readPage } from "./listing.ts";
import { saveContacts } from "./mirror.ts";
import { PHONE_RULES } from "./phone_rules.ts";
import { respell } from "./respell.ts";
import { spelled } from "../staff/spelling.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";

const POLL_MS = 200;
/** Further turns after a refusal for too many calls at once and its retries. */
const MOST_REFUSED = 1;

export interface SyncState {
  running: boolean;
  /** Contacts read in the current or last run. */
  seen: number;
  /** How many there were at the last complete run; null before the first. */
  expected: number | null;
  /** When the last complete run ended; null: never. */
  completedAt: Date | null;
  /**
   * The number of the last complete run, 0 before the first. A number, since a
   * clock may stand still.
   */
  completeRun: number;
}

export interface SyncProgress {
  /** Contacts read so far. */
  seen: number;
  /** How many there were at the last complete run; null before the first. */
  expected: number | null;
  /** People who are read before this one's next page; 0: it is being read. */
  place: number;
  /** Until that page's turn, in ms; null: not known yet. */
  waitMs: number | null;
}

/** What a caller of `refresh` remembers from one turn to the next. */
interface Task {
  /** The run whose page was read last; null: none yet. */
  run: number | null;
  cursor: string;
  paging: ReturnType<typeof createPaging>;
  mayRestart: boolean;
  seen: number;
  expected: number | null;
  /** Set while it stands in line. */
  look: (() => Place) | null;
}

function newTask(): Task {
  return {
    run: null,
    cursor: "",
    paging: createPaging(batchGetByUser),
    mayRestart: false,
    seen: 0,
    expected: null,
    look: null,
  };
}

/** Goes on with a list at this cursor; "" is its start. */
function follow(task: Task, cursor: string): void {
  task.cursor = cursor;
  task.paging = createPaging(batchGetByUser, cursor);
}

/** From the person's row, if there is one. */
export function toSyncState(
  row?: Nullable<
    Pick<SyncRow, "run" | "running" | "seen" | "total" | "completedAt">
  >,
): SyncState {
  const { run, running, seen, total, completedAt } = row ?? {};
  return {
    running: running ?? false,
    seen: seen ?? 0,
    expected: total ?? null,
    completedAt: completedAt ?? null,
    completeRun: (run ?? 0) - (running ? 1 : 0),
  };
}

type Nullable<T> = { [Name in keyof T]: T[Name] | null };

export interface ContactSync {
  state(wxUserId: string): Promise<SyncState>;
  /**
   * Waits until a complete run exists that began (or was under way) no earlier
   * than this call, or than `known` was asked for. Joins a run that is under way.
   * Throws what WeCom answered.
   */
  refresh(wxUserId: string, known?: SyncState): Promise<SyncState>;
  /** How far a run is that this process takes part in; null: it does in none. */
  progress(wxUserId: string): SyncProgress | null;
  /** Cuts what runs here at the page it is at, for whoever comes next. */
  close(): Promise<void>;
}

export function createContactSync(deps: {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  now: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  uuid: () => string;
  log: Log;
  /** Ends what runs here at the page it is at. */
  signal?: AbortSignal;
}): ContactSync {
  const { sql, vault, wecom, now, sleep, log } = deps;
  /** Runs of this process, so that its callers share one. */
  const running = new Map<
    UserKey,
    { run: Promise<SyncState>; task: Task }
  >();
  const closing = new AbortController();
  const signal = deps.signal
    ? AbortSignal.any([deps.signal, closing.signal])
    : closing.signal;
  const listing = { sql, vault, wecom, now, signal };

  async function state(wxUserId: string): Promise<SyncState> {
    const [row] = await sql<SyncRow[]>`
      select * from contact_sync where wx_user_id = ${userKey(wxUserId)}`;
    return toSyncState(row);
  }

  /** The next page, which may be the first again; called when it is the turn. */
  async function readNext(wxUserId: string, row: SyncRow, task: Task) {
    if (task.run !== row.run || task.cursor !== row.nextCursor) {
      follow(task, row.nextCursor);
      // A saved cursor may have lost its meaning: read from the start once.
      task.mayRestart = row.nextCursor !== "";
    }
    task.run = row.run;
    while (true) {
      const { cursor } = task;
      const reading = await beginReading(sql, now);
      try {
        const page = await readPage(listing, wxUserId, cursor);
        const next = task.paging(page.nextCursor);
        const before = cursor === "" ? { seen: 0, lossy: false } : row;
        const seen = before.seen + page.contacts.length;
        const lossy = before.lossy || page.lossy;
        return { row, reading, page, next, seen, lossy };
      } catch (error) {
        if (!task.mayRestart || !doubtsCursor(error)) throw error;
        task.mayRestart = false;
        follow(task, "");
      }
    }
  }

  /**
   * Reads one page at the person's turn, and saves it. The claim is taken at the
   * turn and given back with the page, so that nobody holds one while waiting,
   * and whoever's turn is next, in any process, goes on.
   */
  async function takeTurn(
    wxUserId: string,
    before: number,
    task: Task,
  ): Promise<"page" | "complete" | "others read"> {
    const key = userKey(wxUserId);
    const name = deps.uuid();
    const onLine = (look: Task["look"]) => void (task.look = look);
    try {
      const read = await wecom.inTurn(
        batchGetByUser,
        { signal, onLine },
        async () => {
          const row = await claimSyncRun(deps, key, name, before, task.run);
          if (!row) return null;
          [task.seen, task.expected] = [row.seen, row.total];
          return await readNext(wxUserId, row, task);
        },
      );
      return read ? await save(wxUserId, name, read, task) : "others read";
    } catch (error) {
      // The pages stay, and the next turn goes on from the saved cursor.
      await sql`
        update contact_sync set claim = null, claimed_until = ${new Date(
        now(),
      )},
          next_cursor = ${isCircle(error) ? sql`''` : sql`next_cursor`}
        where wx_user_id = ${key} and claim = ${name}`.catch(() => {});
      throw error;
    }
  }

  async function save(
    wxUserId: string,
    name: string,
    read: Awaited<ReturnType<typeof readNext>>,
    task: Task,
  ): Promise<"page" | "complete" | "others read"> {
    const key = userKey(wxUserId);
    const { row, reading, page, next, seen, lossy } = read;
    const checked = next === undefined
      ? await checkListing(listing, wxUserId, row, page, { seen, lossy })
      : null;
    const isAgain = checked?.kind === "doubted" && task.mayRestart;
    if (isAgain) task.mayRestart = false;
    const kept = await sql.begin(async (sql) => {
      const at = new Date(now());
      const [mine] = await sql`
        update contact_sync set
          next_cursor = ${isAgain ? "" : next ?? ""},
          seen = ${isAgain ? 0 : seen}, lossy = ${!isAgain && lossy},
          claim = null, claimed_until = ${at}
        where wx_user_id = ${key} and claim = ${name}
        returning 1`;
      if (!mine) return false;
      const { run } = row;
      await saveContacts(sql, vault, page.contacts, { run, reading });
      if (checked === null || isAgain) return true;
      const gone = await applyListing(sql, wxUserId, row, checked, at);
      await sql`
        update contact_sync set running = false, claimed_until = null,
          completed_at = ${at}, total = ${seen}, phone_rules = ${PHONE_RULES}
        where wx_user_id = ${key} and run = ${run}`;
      const { kind } = checked;
      log("info", "contacts.synced", { wxUserId, seen, gone, kind });
      return true;
    });
    // Somebody else took over: their run is as good as ours.
    if (!kept) return "others read";
    if (isAgain) follow(task, "");
    else [task.cursor, task.seen] = [next ?? "", seen];
    return checked === null || isAgain ? "page" : "complete";
  }

  /**
   * At a stop, throws that the service stops instead of the error that this
   * caused.
   */
  function rethrow(error: unknown): never {
    throw signal.aborted ? stopping(error) : error;
  }

  async function refreshNow(
    wxUserId: string,
    task: Task,
    known: SyncState | undefined,
  ): Promise<SyncState> {
    const key = userKey(wxUserId);
    const [spelling = wxUserId] = await spelled(sql, [wxUserId]);
    await respell(sql, key);
    const found = await state(key);
    const { completeRun: before } = known ?? found;
    // Read since it was found not to be.
    if (found.completeRun > before) return found;
    for (let refused = 0;;) {
      if (signal.aborted) throw stopping();
      try {
        const turn = await takeTurn(spelling, before, task);
        if (turn === "page") continue;
        const reached = await state(key);
        if (turn === "complete" || reached.completeRun > before) return reached;
        await sleep(POLL_MS, signal);
      } catch (error) {
        // All call less by now: to stand in line again is no failure.
        const isBusy = isCode(error, CODE.TOO_MANY_PARALLEL);
        if (!isBusy || ++refused > MOST_REFUSED) rethrow(error);
      }
    }
  }

  return {
    state,
    progress(wxUserId) {
      const task = running.get(userKey(wxUserId))?.task;
      if (!task) return null;
      const { seen, expected } = task;
      const place = task.look?.();
      return {
        seen,
        expected,
        place: place?.ahead ?? 0,
        waitMs: place ? place.waitMs : 0,
      };
    },
    refresh(wxUserId, known) {
      const key = userKey(wxUserId);
      const shared = running.get(key);
      if (shared) return shared.run;
      const task = newTask();
      const work = () => refreshNow(wxUserId, task, known);
      const run = apart(() => wecom.prioritized("sync", work))
        .finally(() => running.delete(key));
      running.set(key, { run, task });
      return run;
    },
    async close() {
      closing.abort();
      await Promise.allSettled([...running.values()].map(({ run }) => run));
    },
  };
}

function stopping(cause?: unknown): AppError {
  return new AppError("WECOM_UNAVAILABLE", {
    msg: "服务正在重启，请几秒后重试",
    retryAfterSeconds: 5,
    cause,
  });
}
