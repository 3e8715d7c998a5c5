/** What wants a connection: a statement or a transaction. */
import type { Slot } from "./slot.ts";

export interface Task {
  start(slot: Slot): void;
  /** Ends it without an answer. Called once at most. */
  fail(error: Error): void;
  /**
   * Tells the server to stop what it does for it, and resolves when it was told.
   * Never rejects.
   */
  stop(): Promise<void>;
  /** Its sender has given it up while it waited. */
  readonly cancelled: boolean;
  /** The connection is open, since something was sent. */
  readonly sent: boolean;
  /** Of the work that asks. */
  readonly limit: AbortSignal | null;
  /** Of a transaction; null of a statement. */
  readonly holder: Holder | null;
}

/** Who keeps a connection while it does other things. */
export interface Holder {
  /** Tasks that it waits for and that are not on its connection. */
  outside: number;
  over: boolean;
}
