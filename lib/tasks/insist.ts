/**
 * A process may start in the same moment as its database, or while that is
 * restarted: for some seconds that is no reason to give up. What waiting does not
 * mend, such as a refused password, is told at once.
 */
import { mayPass } from "../store/errors.ts";
import { say } from "./terminal.ts";

const PATIENCE_MS = 5_000;
const PAUSE_MS = 250;

export interface InsistDeps {
  /** ms, of a clock that nobody sets. */
  elapsed: () => number;
  sleep: (ms: number) => Promise<void>;
  say: (line: string) => void;
}

const ownDeps: InsistDeps = {
  elapsed: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  say,
};

/**
 * Opens what needs the database, again and again for five seconds while the
 * database cannot be reached. `open` leaves nothing behind when it fails. Throws
 * its last error.
 */
export async function insist<T>(
  open: () => Promise<T>,
  { elapsed, sleep, say }: InsistDeps = ownDeps,
): Promise<T> {
  const until = elapsed() + PATIENCE_MS;
  for (let told = false;; told = true) {
    try {
      return await open();
    } catch (error) {
      if (!mayPass(error) || elapsed() >= until) throw error;
      if (!told) say(`数据库暂时连不上，再试 ${PATIENCE_MS / 1000} 秒`);
      await sleep(PAUSE_MS);
    }
  }
}
