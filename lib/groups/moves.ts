/**
 * How an intent gets from one state to another: one table of all moves, and the
 * only place that changes a state. Each move changes the row only if it is in a
 * state that the move starts from, and writes its event in the same statement,
 * so that there is no move without its event and no event without its move.
 */
import { countGroup } from "../telemetry/metrics.ts";
import type { Fragment, Queries } from "../store/database.ts";
import type { Audited } from "../audit/audit.ts";
import type { OrderEventKind } from "../orders/events.ts";
import {
  type EndReason,
  type Intent,
  type IntentRow,
  type IntentState,
  toIntent,
} from "./intent.ts";

interface Move {
  /** The states that it may start from; empty: the intent is created. */
  from: readonly IntentState[];
  to: IntentState;
  /**
   * What else must be true of the row, in words; the caller gives the
   * condition.
   */
  guard?: string;
  /** The reasons that the end may have; the caller says which. */
  reasons?: readonly EndReason[];
  event: OrderEventKind;
}

const OPEN = ["prepared", "launched", "searching"] as const;

export const MOVES = {
  /** By a page of the release before, whose lease began at the sheet. */
  prepare: { from: [], to: "prepared", event: "prepared" },
  /** At the tap that confirms: the client is asked at once. */
  launch: { from: [], to: "launched", event: "asked" },
  report: {
    from: [...OPEN, "ended"],
    to: "searching",
    guard:
      "tells something new; one that had ended was never reported, and is its order's newest",
    event: "reported",
  },
  /**
   * The chat was refused for good: the intent is as if nothing was reported.
   */
  retract: {
    from: ["searching"],
    to: "launched",
    guard: "this chat was reported",
    event: "retracted",
  },
  bind: {
    from: [...OPEN, "ended"],
    to: "bound",
    guard: "no person is asked, unless it is their answer or a report",
    event: "bound",
  },
  cancel: {
    from: ["prepared", "launched"],
    to: "ended",
    reasons: ["cancelled"],
    event: "ended",
  },
  disown: {
    from: ["searching"],
    to: "ended",
    guard: "no chat was reported",
    reasons: ["not_made"],
    event: "ended",
  },
  takeOver: {
    from: ["prepared", "launched"],
    to: "ended",
    reasons: ["taken_over"],
    event: "ended",
  },
  supersede: {
    from: OPEN,
    to: "ended",
    guard: "its time is over",
    reasons: ["superseded"],
    event: "ended",
  },
  yield: {
    from: OPEN,
    to: "ended",
    guard: "its order has got another group",
    reasons: ["other_group"],
    event: "ended",
  },
  lapse: {
    from: OPEN,
    to: "ended",
    guard: "its time is over",
    reasons: [
      "not_reported",
      "not_found_in_time",
      "not_chosen",
      "not_asked",
    ],
    event: "ended",
  },
  /** WeCom could not be asked when it ended, and has been asked since. */
  learn: {
    from: ["ended"],
    to: "ended",
    guard: "it had ended without a look",
    reasons: ["not_reported", "not_found_in_time", "not_chosen"],
    event: "ended",
  },
} as const satisfies Record<string, Move>;

export type MoveName = keyof typeof MOVES;

/** Who moved it and how, for the event. */
export interface Cause {
  actor: string;
  via?: string | null;
  requestId?: string | null;
  /** Somebody asked for it: their success is told in the same transaction. */
  audited?: Audited | undefined;
}

/** The part of the cause that a flow gives; the function adds the rest. */
export type Asked = Pick<Cause, "requestId" | "audited">;

export interface Change {
  /** Which rows: of one intent, or of an order. */
  of: { intentId: string } | { orderId: string };
  at: Date;
  /** Further columns to set. */
  set?: (queries: Queries) => Fragment;
  /** What else must be true. */
  where?: (queries: Queries) => Fragment;
  reason?: EndReason;
  detail?: Record<string, string | number | boolean | null>;
}

/**
 * Answers the intents that were moved; none when no row was in such a state.
 */
export async function move(
  queries: Queries,
  name: Exclude<MoveName, "prepare" | "launch">,
  cause: Cause,
  { of, at, set, where, reason, detail = {} }: Change,
): Promise<Intent[]> {
  const { from, to, event } = MOVES[name];
  const more = set ? queries`, ${set(queries)}` : queries``;
  const guard = where ? queries`and ${where(queries)}` : queries``;
  const ended = to === "ended" ? at : null;
  const told = { ...detail, ...(reason ? { reason } : {}) };
  const rows = await queries<IntentRow[]>`
    with moved as (
      update group_intent set state = ${stored(to, reason)}, updated_at = ${at},
        ended_at = ${ended}, end_reason = ${reason ?? null} ${more}
      where ${
    "intentId" in of
      ? queries`intent_id = ${of.intentId}`
      : queries`order_id = ${of.orderId}`
  }
        and (${isIn(queries, from)}) ${guard}
      returning *
    ), told as (
      insert into order_event (
        order_id, at, kind, actor, chat_id, intent_id, via, request_id, detail)
      select order_id, ${at}, ${event}, ${cause.actor}, chat_id, intent_id,
        ${cause.via ?? null}, ${cause.requestId ?? null}, ${queries.json(told)}
      from moved
    )
    select * from moved`;
  for (const _ of rows) {
    if (to === "bound") countGroup("bound");
    else if (to === "ended" && reason) countGroup(reason);
  }
  return rows.map(toIntent);
}

export type NewIntent =
  & Pick<
    IntentRow,
    | "intentId"
    | "orderId"
    | "createdBy"
    | "customerExternalUserId"
    | "userIds"
    | "externalUserIds"
    | "groupName"
    | "attempt"
    | "expiresAt"
    | "createdAt"
  >
  & { openedReading: number };

/**
 * Creates an intent; null when the order has an open one. Lock the order first.
 */
export async function openIntent(
  queries: Queries,
  name: "prepare" | "launch",
  cause: Cause,
  wanted: NewIntent,
): Promise<Intent | null> {
  const { to, event } = MOVES[name];
  const launchedAt = to === "launched" ? wanted.createdAt : null;
  const row = {
    ...wanted,
    state: stored(to),
    launchedAt,
    updatedAt: wanted.createdAt,
  };
  const [made] = await queries<IntentRow[]>`
    with made as (
      insert into group_intent ${queries(row)}
      on conflict (order_id) where state in ('pending', 'searching')
      do nothing returning *
    ), told as (
      insert into order_event (
        order_id, at, kind, actor, intent_id, via, request_id)
      select order_id, created_at, kind, ${cause.actor}, intent_id,
        ${cause.via ?? null}, ${cause.requestId ?? null}
      from made, unnest(${
    name === "launch" ? ["prepared", event] : [event]
  }::text[]) as kind
    )
    select * from made`;
  return made ? toIntent(made) : null;
}

/** The word that the table uses for a state. */
function stored(state: IntentState, reason?: EndReason): IntentRow["state"] {
  switch (state) {
    case "prepared":
    case "launched":
      return "pending";
    case "searching":
      return "searching";
    case "bound":
      return "active";
    case "ended":
      return reason && LAPSES.has(reason) ? "expired" : "cancelled";
  }
}

const LAPSES: ReadonlySet<string> = new Set(MOVES.lapse.reasons);

function isIn(queries: Queries, states: readonly IntentState[]): Fragment {
  const words = [...new Set(states.flatMap(storedWords))];
  const [prepared, launched] = [
    states.includes("prepared"),
    states.includes("launched"),
  ];
  const pending = prepared === launched
    ? queries`true`
    : prepared
    ? queries`(state <> 'pending' or launched_at is null)`
    : queries`(state <> 'pending' or launched_at is not null)`;
  return queries`state = any(${words}::text[]) and ${pending}`;
}

function storedWords(state: IntentState): string[] {
  return state === "ended" ? ["cancelled", "expired"] : [stored(state)];
}
