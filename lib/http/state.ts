/**
 * What a request carries along: its id, the services, and who is asking. The
 * middlewares in `routes/_middleware.ts` fill it in this order.
 */
import { createDefine } from "fresh";
import type { Services } from "../services.ts";
import type { Session } from "../auth/session.ts";
import type { Actor } from "../staff/actor.ts";
import type { OwnChanges } from "../store/own_changes.ts";
import type { ErrorName } from "./errors.ts";

export interface State {
  /** Ours: a client cannot choose it. */
  requestId: string;
  /** What the client or a proxy calls the request. */
  clientRequestId: string | null;
  services: Services;
  /** Who signed in at this browser; null for nobody. */
  session: Session | null;
  /** The member of staff behind the session, once somebody asked for it. */
  actor?: Actor;
  /** The flow that was asked for, as far as it looks like a name. */
  flowId?: string | undefined;
  /** Why the answer is no success, for the log. */
  refusal?: { error: ErrorName; reason?: string };
  /** What this browser's person changed; only with a replica. */
  changes?: OwnChanges;
  /** Of the document, where the address alone does not tell it. */
  title?: string;
  /** Set-Cookie values for the answer, whatever it comes to be. */
  cookies?: string[];
  /** A later 403 is not about the request's origin. */
  csrfPassed?: boolean;
}

export const define = createDefine<State>();
