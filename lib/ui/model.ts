/**
 * What the server hands to the page: plain, serialisable, without a full
 * telephone number, a token or a secret. Types only; islands import it.
 */
import type { DetailsOf } from "../flows/details.ts";
import type { MatchView, OrderView, PageNow } from "../flows/schemas.ts";
import type { ErrorName } from "../http/errors.ts";

/** Both signatures for this page's address, as `ww.register` wants them. */
export interface PageSigning {
  corpId: string;
  agentId: string;
  url: string;
  config: Signature;
  agentConfig: Signature;
}

export interface Signature {
  timestamp: number;
  nonceStr: string;
  signature: string;
}

/** Failures that only the browser sees: the network, or the WeCom client. */
export type ClientError =
  | "NETWORK_LOST"
  | "CLIENT_TOO_OLD"
  | "CLIENT_REFUSED"
  | "CLIENT_NOT_READY";

/** The WeCom client says no to that, too, in its own words. */
type OfClient = ClientError | "NO_CUSTOMER_CONTACT_PERMISSION";

/** An error with its sentence, as the API's envelope has them. */
export type Problem = {
  [E in ErrorName | ClientError]: {
    error: E;
    msg: string;
    details?: DetailsOf<E> | (E extends OfClient ? string : never) | undefined;
    /** By which the log finds it. */
    requestId?: string | undefined;
  };
}[ErrorName | ClientError];

/** How far the reading of contacts is, and a sentence about it. */
export interface Reading {
  seen: number;
  expected: number | null;
  note: string;
}

/** The server's knowledge of the match when it made the page. */
export type PageMatch =
  | { kind: "known"; match: MatchView; stale: boolean }
  /** The contacts of this person were never read completely. */
  | { kind: "syncing" } & Reading
  | { kind: "failed"; problem: Problem };

export interface GroupPageModel extends Omit<PageNow, "match"> {
  viewer: { wxUserId: string; name: string };
  order: OrderView;
  /** Of what is told here and may change while the page is open. */
  version: string;
  /** null when there is a group already. */
  match: PageMatch | null;
  /** null when WeCom gave no ticket: `signingProblem` says why. */
  signing: PageSigning | null;
  signingProblem: Problem | null;
  /** What a new group would be called; the sheet shows it at once. */
  groupName?: string;
  /** The order has a number, and may have it written down by this person. */
  mayNote: boolean;
  /** Who would be in the group, by name, before the tap. */
  staff: { id: string; name: string; label: string }[];
}
