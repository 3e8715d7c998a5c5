/**
 * Where a person is on the way from an order to its group: one union, so that
 * a screen that cannot happen cannot be drawn. Transitions are beside it and
 * pure; the effects are in `actions.ts`.
 */
import type {
  Candidate,
  GroupCandidate,
  GroupView,
  MatchView,
  PrepareAnswer,
  Prepared,
  PreviewAnswer,
  Said,
  Way,
} from "../../flows/schemas.ts";
import type { Problem, Reading } from "../model.ts";

/** Said above the choice: good news, or a problem and whether to try again. */
export type Notice =
  | { kind: "news"; text: string }
  | { kind: "problem"; problem: Problem; again: Again | null };

/** What can be tried again, and with what. */
export interface Retries {
  match: [];
  "refresh-contacts": [];
  register: [];
  "pick-contact": [];
  "add-customer": [];
  consider: [externalUserId: string];
  create: [customers: Candidate[], takeOver: string | null];
}

/** What `retry` does, as data. */
export type Again<A extends keyof Retries = keyof Retries> = {
  [B in A]: Retries[B] extends [] ? { act: B; about?: Retries[B] }
    : { act: B; about: Retries[B] };
}[A];

export interface Choosing {
  at: "choosing";
  /** null: it could not be read; the notice says why. */
  match: MatchView | null;
  /** externalUserIds of who goes into the group: one, or a couple. */
  chosen: string[];
  /** What is under way without leaving the screen. */
  busy: "refreshing" | "looking" | Way["id"] | null;
  /** Address of the order's own code, once it is shown. */
  code: string | null;
  notice: Notice | null;
}

/** A group that the client was asked for. */
export interface Asked {
  intentId: string;
  groupName: string;
  chatId: string | null;
  /** Another person's creation can be watched, not recorded. */
  mine: boolean;
}

/** A creation of one's own that can be gone on with. */
export interface Own {
  intentId: string;
  customerIds: string[];
}

/** What the page shows of a group; `members` once the server has read it. */
export type ShownGroup =
  & Pick<GroupView, "chatId" | "groupName">
  & Partial<
    Pick<
      GroupView,
      | "members"
      | "missing"
      | "told"
      | "twins"
    >
  >;

export type Existing = Extract<
  PrepareAnswer,
  { existing: unknown }
>["existing"];

export type Step =
  /** `copied` once that was tried. */
  | { at: "outside"; copied: boolean | null }
  | { at: "old" }
  /** null: nothing is known yet. */
  | { at: "syncing"; reading: Reading | null }
  | Choosing
  /** Is this the customer? Asked before somebody picked by hand is taken. */
  | {
    at: "picking";
    from: Choosing;
    customer: Candidate;
    /** Write the order's number into the remark, too. */
    write: boolean;
    busy: boolean;
    problem: Problem | null;
  }
  | {
    at: "confirming";
    from: Choosing;
    customers: Candidate[];
    /** null: the server is looking. */
    preview: PreviewAnswer | null;
    /** wxUserId of who joins where there would be two people; empty: nobody yet. */
    second: string;
    /** Groups that were offered have been declined: another one is made. */
    force: boolean;
    /** intentId of one's own creation on another page, which this one ends. */
    takeOver: string | null;
    /** The order is being taken; then the client is asked. */
    busy: boolean;
    problem: Problem | null;
  }
  | {
    at: "creating";
    from: Choosing;
    customers: Candidate[];
    second: string;
    prepared: Prepared;
    /** The client has not answered for a while. */
    slow: boolean;
    problem: Problem | null;
  }
  | {
    at: "settling";
    asked: Asked;
    /** The server knows; WeCom is being asked. */
    recorded: boolean;
    /** Longer than usual: waiting here is no longer needed. */
    long: boolean;
    /** The server is asked whether it may give the order free. */
    busy?: boolean;
    problem: Problem | null;
  }
  | {
    at: "existing";
    from: Choosing;
    customers: Candidate[];
    existing: Existing;
    /** chatId of the group that is being linked. */
    busy: string | null;
    problem: Problem | null;
  }
  /** The group is searched for, and more than one could be it. */
  | {
    at: "several";
    /** Given when the search is over: it is one of these, or none. */
    from: Choosing | null;
    asked: Asked;
    candidates: readonly GroupCandidate[];
    busy: string | null;
    problem: Problem | null;
  }
  | {
    at: "occupied";
    from: Choosing;
    told: Said;
    /** One's own, that another page has under way. */
    own: Own | null;
    /** What looking again is at, or came to. */
    look: "busy" | "still" | null;
    problem: Problem | null;
  }
  /** The client was asked, and nobody told what came of it. */
  | {
    at: "unfinished";
    from: Choosing;
    told: Said;
    asked: Asked;
    own: Own;
  }
  | {
    at: "done";
    group: ShownGroup;
    /** chatId of what this page's client made, where the order has another. */
    made: string | null;
    /** Colleagues are being put into the group, or it is looked at again. */
    busy: boolean;
    problem: Problem | null;
    /** How to open it or to add somebody by hand; or that the list lags. */
    hint: "open" | "add" | "later" | "still" | "copied" | "uncopied" | null;
  };

export type At<A extends Step["at"]> = Extract<Step, { at: A }>;
