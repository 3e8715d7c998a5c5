/**
 * Reads one person's contacts from WeCom into the mirror: pages of 100 (doc
 * 92994), each saved with its cursor, so that a cut run goes on where it was;
 * contacts are removed only after the last page. Over all instances one worker
 * reads a person at a time: the claim is in the row, is renewed with each page,
 * and is checked in the transaction that saves the page, so that a worker that
 * was believed dead cannot overwrite its successor.
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { Log } from "../http/log.ts";
import { AppError } from "../http/errors.ts";
import { batchGetByUser, type WecomClient } from "../wecom/mod.ts";
import { createPaging, doubtsCursor, isCircle } from "../wecom/paging.ts";
import { beginReading } from "../store/reading.ts";
import { CLAIM_MS, claimSyncRun, type SyncRow } from "./sync_claim.ts";
import { applyListing, checkListing, readPage } from "./listing.ts";
import { saveContacts } from "./mirror.ts";
import { PHONE_RULES } from "./phone_rules.ts";
import { respell } from "./respell.ts";
import { spelled } from "../staff/spelling.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";

const POLL_MS = 200;

export interface SyncState {
  running: boolean;
  /** Contacts read in the current or last run. */
  seen: number;
  /** How many there were at the last complete run; null before the first. */
  expected: number | null;
  /** When the last complete run ended; null: never. */
  completedAt: Date | null;
}

/** From the person's row, if there is one. */
export function toSyncState(
  row?: Nullable<Pick<SyncRow, "running" | "seen" | "total" | "completedAt">>,
): SyncState {
  return {
    running: row?.running ?? false,
    seen: row?.seen ?? 0,
    expected: row?.total ?? null,
    completedAt: row?.completedAt ?? null,
  };
}

type Nullable<T> = { [Name in keyof T]: T[Name] | null };

export interface ContactSync {
  state(wxUserId: string): Promise<SyncState>;
  /**
   * Waits until a complete run exists that began (or was under way) no earlier
   * than this call. Joins a run that is under way. Throws what WeCom answered.
   */
  refresh(wxUserId: string): Promise<SyncState>;
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
  const running = new Map<UserKey, Promise<SyncState>>();
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

  /**
   * The number of the last complete run, 0 before the first. A number, since a
   * clock may stand still.
   */
  async function completeRun(key: UserKey): Promise<number> {
    const [row] = await sql<SyncRow[]>`
      select run, running from contact_sync where wx_user_id = ${key}`;
    return row ? row.run - (row.running ? 1 : 0) : 0;
  }

  async function readPages(wxUserId: string, name: string, row: SyncRow) {
    const key = userKey(wxUserId);
    let cursor = row.nextCursor;
    let paging = createPaging(batchGetByUser, cursor);
    // A saved cursor may have lost its meaning: read from the start once.
    let mayRestart = cursor !== "";
    let seen = cursor === "" ? 0 : row.seen;
    let lossy = cursor !== "" && row.lossy;
    const restart = () => {
      [cursor, seen, lossy, mayRestart] = ["", 0, false, false];
      paging = createPaging(batchGetByUser);
    };
    try {
      while (true) {
        const reading = await beginReading(sql, now);
        let page;
        let next: string | undefined;
        try {
          page = await readPage(listing, wxUserId, cursor);
          next = paging(page.nextCursor);
        } catch (error) {
          if (!mayRestart || !doubtsCursor(error)) throw error;
          restart();
          continue;
        }
        seen += page.contacts.length;
        lossy ||= page.lossy;
        const checked = next === undefined
          ? await checkListing(listing, wxUserId, row, page, { seen, lossy })
          : null;
        if (checked?.kind === "doubted" && mayRestart) {
          restart();
          continue;
        }
        const kept = await sql.begin(async (sql) => {
          const [mine] = await sql`
            update contact_sync set
              next_cursor = ${next ?? ""}, seen = ${seen}, lossy = ${lossy},
              claimed_until = ${new Date(now() + CLAIM_MS)}
            where wx_user_id = ${key} and claim = ${name}
            returning 1`;
          if (!mine) return false;
          await saveContacts(sql, vault, page.contacts, {
            run: row.run,
            reading,
          });
          if (checked === null) return true;
          const at = new Date(now());
          const gone = await applyListing(sql, wxUserId, row, checked, at);
          await sql`
            update contact_sync set running = false, claim = null,
              claimed_until = null, completed_at = ${at},
              total = ${seen}, phone_rules = ${PHONE_RULES}
            where wx_user_id = ${key} and claim = ${name}`;
          const { kind } = checked;
          log("info", "contacts.synced", { wxUserId, seen, gone, kind });
          return true;
        });
        // Somebody else took over: their run is as good as ours.
        if (!kept || next === undefined) return;
        cursor = next;
      }
    } catch (error) {
      // The pages stay, and the next call goes on from the saved cursor.
      await sql`
        update contact_sync set claim = null, claimed_until = null,
          next_cursor = ${isCircle(error) ? sql`''` : sql`next_cursor`}
        where wx_user_id = ${key} and claim = ${name}`.catch(() => {});
      throw error;
    }
  }

  /**
   * At a stop, throws that the service stops instead of the error that this
   * caused.
   */
  function rethrow(error: unknown): never {
    throw signal.aborted ? stopping(error) : error;
  }

  async function refreshNow(wxUserId: string): Promise<SyncState> {
    const key = userKey(wxUserId);
    const [spelling = wxUserId] = await spelled(sql, [wxUserId]);
    await respell(sql, key);
    const before = await completeRun(key);
    while (true) {
      if (signal.aborted) throw stopping();
      const name = deps.uuid();
      const row = await claimSyncRun(deps, key, name, before);
      if (row) await readPages(spelling, name, row).catch(rethrow);
      if (await completeRun(key) > before) return await state(key);
      if (!row) await sleep(POLL_MS, signal).catch(rethrow);
    }
  }

  return {
    state,
    refresh(wxUserId) {
      const key = userKey(wxUserId);
      const shared = running.get(key);
      if (shared) return shared;
      const run = refreshNow(wxUserId)
        .finally(() => running.delete(key));
      running.set(key, run);
      return run;
    },
    async close() {
      closing.abort();
      await Promise.allSettled(running.values());
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
