/** One stay of one person in a group: as it is kept, when it is new, while it is planned. */
import type { JoinScene } from "../wecom/mod.ts";
import type { Arrival, QuitScene } from "./told_moves.ts";

/** A row as it is kept. Times are ms since epoch. */
export interface Stay {
  readonly memberId: string;
  readonly type: "member" | "external";
  readonly name: string;
  readonly state: string | null;
  readonly joinedAt: number;
  readonly leftAt: number | null;
  readonly quitScene: QuitScene | null;
  /** The customer's data was erased: no answer brings the name back. */
  readonly erased?: boolean;
}

export interface NewStay extends Omit<Stay, "type" | "name" | "erased"> {
  /**
   * null: only an event named the person, which does not tell staff from
   * customers.
   */
  readonly type: Stay["type"] | null;
  readonly name: string | null;
  readonly joinScene: JoinScene;
  readonly invitor: string | null;
}

/** A stay while its group is planned. */
export interface Draft extends Writable<NewStay> {
  /** The row that is changed; null for a new stay. */
  readonly was: Stay | null;
  /** The events that told of its beginning. */
  readonly arrivals: Arrival[];
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

export interface Group {
  /** ms since epoch; 0 where nobody told. */
  readonly createdAt: number;
  /** When the last answer before this one was read; null without one. */
  readonly seenAt: number | null;
}
