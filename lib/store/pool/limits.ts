/** How long things may take in the pool, ms. */
export interface Limits {
  /** Nobody waits longer for a connection. */
  waitMs: number;
  /** No connection takes longer to open. */
  openMs: number;
  idleMs: number;
  lifeMs: number;
  /** Least time between two openings that fail, and two generations. */
  restMs: number;
  /** What is under way may take so long when the pool closes. */
  closeMs: number;
  /** No statement and no transaction runs longer; Infinity: as long as it takes. */
  runMs: number;
  /** The server is given so long to hear that it should stop one. */
  cutMs: number;
}

export const LIMITS: Limits = {
  waitMs: 10_000,
  openMs: 11_000,
  idleMs: 20_000,
  lifeMs: 30 * 60_000,
  restMs: 50,
  closeMs: 5_000,
  runMs: Infinity,
  cutMs: 1_000,
};

/** A process that is frozen inside a transaction holds its locks no longer. */
export const MOST_IDLE_IN_TRANSACTION_MS = 30_000;
