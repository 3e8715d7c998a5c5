/** What is impure (server, client, storage, clock), handed in to the page. */
import type { Api } from "./api.ts";
import type { Bridge, Client } from "./bridge.ts";
import type { Delivery } from "./delivery.ts";
import type { GroupPageModel, Problem } from "./model.ts";
import type { Outbox } from "./outbox.ts";
import type { PageState } from "./page_state.ts";

export interface Deps {
  model: GroupPageModel;
  client: Client;
  /** Whether this client can put colleagues into a group. */
  canInvite: boolean;
  /**
   * An id of this page, for as long as it is open: by it the server knows a
   * creation that is confirmed again from one that another page began.
   */
  attempt: string;
  api: Api;
  /** Made by the actions, since its problems are shown by them. */
  bridge: (onProblem: (problem: Problem | null) => void) => Bridge;
  outbox: Outbox;
  /** Puts it, or the page's address, into the clipboard; throws where it may not. */
  copy: (text?: string) => Promise<void>;
  /** Milliseconds. */
  sleep: (ms: number) => Promise<void>;
}

/** The same with what the page itself made of them. */
export interface PageParts extends Omit<Deps, "bridge"> {
  state: PageState;
  bridge: Bridge;
  send: Delivery["send"];
}
