/**
 * When a replica is left alone, and for how long: the primary answers meanwhile,
 * and nobody waits for a replica that is away. A statement that the replay of the
 * log needed out of its way (a conflict with recovery) is asked again on the
 * primary, and says nothing about the next one.
 */
import { isOutage, OutageError, sqlState } from "./errors.ts";

/** Why a replica does not answer. */
export type Trouble =
  /** Out of reach, refused, or silent. */
  | "away"
  /** Too far behind. */
  | "lag"
  /** It is a server that may be written: after a failover, say. */
  | "no-standby"
  /** Of another database. */
  | "foreign"
  /** The schema or the rights of the primary are not there. */
  | "differs";

export class ReplicaTrouble extends Error {
  override readonly name = "ReplicaTrouble";

  constructor(readonly trouble: Trouble) {
    super(`The replica does not answer: ${trouble}`);
  }
}

export interface Rest {
  readonly trouble: Trouble;
  /** How often in a row. */
  readonly times: number;
  /** ms, of the clock that `restAfter` was given. */
  readonly until: number;
}

const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;

/** How long it is left alone now; `before` is null when it was well. */
export function restAfter(
  before: Rest | null,
  trouble: Trouble,
  now: number,
): Rest {
  const times = (before?.times ?? 0) + 1;
  // It catches up by itself, and says so at once.
  const ms = trouble === "lag"
    ? FIRST_MS
    : Math.min(FIRST_MS * 2 ** (times - 1), LONGEST_MS);
  return { trouble, times, until: now + ms };
}

/** serialization_failure: "canceling statement due to conflict with recovery" */
const CONFLICT = "40001";
/** No such table, column, function or schema, and no right to it. */
const DIFFERS = /^(42P01|42703|42883|3F000|42501)$/;

/**
 * What an error of the replica says about it. `conflict`: nothing, but the primary
 * has to be asked; null: the primary would fail in the same way.
 */
export function troubleOf(error: unknown): Trouble | "conflict" | null {
  if (error instanceof ReplicaTrouble) return error.trouble;
  const code = error instanceof OutageError ? error.code : sqlState(error);
  if (code === CONFLICT) return "conflict";
  if (code !== null && DIFFERS.test(code)) return "differs";
  return isOutage(error) ? "away" : null;
}
