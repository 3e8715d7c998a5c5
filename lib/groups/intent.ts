/**
 * The intent to create a group, by the state it is in. One is live per order
 * (prepared, launched or searching): the database's unique index decides when
 * several people tap at the same time. How it gets from one state to another is
 * told by the table in `moves.ts`.
 */
import type { END_REASONS } from "../flows/schemas.ts";
import { distinctUsers } from "../staff/user_id.ts";

/** A person needs seconds; a locked phone in a pocket needs some minutes. */
export const LEASE_MS = 10 * 60_000;
/** How long a group that was reported is looked for. */
export const SEARCH_MS = 30 * 60_000;
/** The same where the client may have opened a one-to-one chat instead. */
export const ALONE_SEARCH_MS = 2 * 60_000;
/** By all experience WeCom's list shows a new group after this time. */
const LAG_MS = 60_000;
/** For this long after its lease WeCom is asked whether a group was made. */
const WORTH_A_LOOK_MS = 24 * 60 * 60_000;

/** Why it led to no group. */
export type EndReason = typeof END_REASONS[number];

/** Ended by the clock: its group may still turn up, and is the order's then. */
export const LAPSED: ReadonlySet<EndReason> = new Set([
  "not_reported",
  "not_found_in_time",
  "not_chosen",
  "not_asked",
]);

interface Common {
  intentId: string;
  orderId: string;
  createdBy: string;
  customerExternalUserId: string;
  userIds: string[];
  externalUserIds: string[];
  groupName: string;
  /** The page that began it; null for a page of the release before. */
  attempt: string | null;
  /** What the client reported; verified once it is bound. */
  chatId: string | null;
  reportedAt: Date | null;
  /** End of the lease, or of the search once it was reported. */
  expiresAt: Date;
  createdAt: Date;
  /** When the last look that WeCom answered, and that found no group, began. */
  missedAt: Date | null;
  /**
   * Since when a person is to choose: nothing is bound without them any more.
   */
  askedAt: Date | null;
  /**
   * Number of a reading, taken when it began: a chat that was first read before
   * cannot have come of this intent.
   */
  openedReading: number;
}

export type Intent =
  & Common
  & (
    /** At the sheet of a page of the release before: nobody confirmed it. */
    | { state: "prepared" }
    /** The client was asked to create the group. */
    | { state: "launched"; launchedAt: Date }
    /** Reported, and not verified yet. */
    | { state: "searching" }
    | { state: "bound"; boundAt: Date }
    | { state: "ended"; endedAt: Date; reason: EndReason }
  );

export type IntentState = Intent["state"];

/** As the table has it. */
export interface IntentRow {
  intentId: string;
  orderId: string;
  createdBy: string;
  customerExternalUserId: string;
  userIds: string[];
  externalUserIds: string[];
  groupName: string;
  state: "pending" | "searching" | "active" | "cancelled" | "expired";
  attempt: string | null;
  chatId: string | null;
  reportedAt: Date | null;
  launchedAt: Date | null;
  boundAt: Date | null;
  endedAt: Date | null;
  endReason: EndReason | null;
  expiresAt: Date;
  createdAt: Date;
  updatedAt: Date;
  missedAt: Date | null;
  askedAt: Date | null;
  openedReading: string;
}

export function toIntent(row: IntentRow): Intent {
  const {
    state,
    launchedAt,
    boundAt,
    endedAt,
    endReason,
    updatedAt,
    openedReading,
    ...rest
  } = row;
  const common: Common = { ...rest, openedReading: Number(openedReading) };
  switch (state) {
    case "pending":
      return launchedAt === null
        ? { ...common, state: "prepared" }
        : { ...common, state: "launched", launchedAt };
    case "searching":
      return { ...common, state };
    case "active":
      return { ...common, state: "bound", boundAt: boundAt ?? updatedAt };
    default:
      return {
        ...common,
        state: "ended",
        endedAt: endedAt ?? updatedAt,
        reason: endReason ??
          (state === "cancelled" ? "cancelled" : "not_asked"),
      };
  }
}

/** Prepared, launched or searching, whatever the clock says. */
export function isOpen(intent: Intent): boolean {
  return intent.state !== "bound" && intent.state !== "ended";
}

/** Open, with its time not over: nobody else may begin. */
export function isLive(intent: Intent, now: number): boolean {
  return isOpen(intent) && intent.expiresAt.getTime() > now;
}

/** Its time is over, whether that is written down yet or not. */
export function isLapsed(intent: Intent, now: number): boolean {
  return intent.state === "ended"
    ? LAPSED.has(intent.reason)
    : isOpen(intent) && !isLive(intent, now);
}

/**
 * Does this intent, the newest of its order, still wait for its group? One that
 * was given up does only when somebody begins anew, so that no second group is
 * made.
 */
export function isClaim(
  intent: Intent,
  /** The group that its order has, or had last. */
  chat: { boundAt: Date | null } | null,
  anew = false,
): boolean {
  if (intent.state === "bound") return false;
  // The order got a group after this intent began.
  if (chat?.boundAt && chat.boundAt > intent.createdAt) return false;
  return isOpen(intent) || anew || intent.state === "ended" &&
      isLapsed(intent, Infinity);
}

/** The members of its group, one of whom owns it. */
export function peopleOf(
  { createdBy, userIds }: Pick<Intent, "createdBy" | "userIds">,
): string[] {
  return distinctUsers([createdBy, ...userIds]);
}

/** Until when the client can have made the group, ms since epoch. */
export function leaseEnd(intent: Intent): number {
  if (intent.attempt !== null) return intent.createdAt.getTime() + LEASE_MS;
  // Pages of the release before have their lease renewed.
  return (intent.reportedAt ?? intent.expiresAt).getTime();
}

/**
 * A look that began at this time or later, and found no group, proves that
 * there is none.
 */
function provenFrom(intent: Intent): number {
  return intent.reportedAt === null
    ? leaseEnd(intent)
    : intent.reportedAt.getTime() + LAG_MS;
}

/** Was WeCom asked late enough to show the group, and had none? */
export function wasLookedFor(intent: Intent): boolean {
  return (intent.missedAt?.getTime() ?? -Infinity) >= provenFrom(intent);
}

/** Should WeCom be asked for its group although nobody begins anew? */
export function isWorthALook(intent: Intent, now: number): boolean {
  if (isLive(intent, now)) return true;
  const over = now - intent.expiresAt.getTime();
  return isLapsed(intent, now) && !wasLookedFor(intent) &&
    over <= WORTH_A_LOOK_MS;
}

/** Was WeCom asked since it came to its end (or, live, since it began)? */
export function wasLookedSinceItsEnd(intent: Intent, now: number): boolean {
  const since = isLapsed(intent, now)
    ? Math.min(leaseEnd(intent), intent.expiresAt.getTime())
    : intent.state === "ended"
    ? intent.endedAt.getTime()
    : intent.createdAt.getTime();
  return (intent.missedAt?.getTime() ?? -Infinity) >= since;
}

/** Why an intent whose time is over led to no group. */
export function lapseReason(intent: Intent): EndReason {
  if (intent.askedAt !== null) return "not_chosen";
  if (!wasLookedFor(intent)) return "not_asked";
  return intent.reportedAt === null ? "not_reported" : "not_found_in_time";
}
