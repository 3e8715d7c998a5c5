/**
 * Who is asking: the session's person as a member of staff. Asked once per
 * request, and again on the next, so that a change of role holds at once.
 */
import type { State } from "../http/state.ts";
import type { Actor } from "../staff/actor.ts";
import type { Caller } from "../flows/flow.ts";
import type { Right } from "../flows/rights.ts";
import { AppError } from "../http/errors.ts";

/** Throws UNAUTHENTICATED without a session, FORBIDDEN for who is no staff. */
export async function requireActor(state: State): Promise<Actor> {
  if (state.actor) return state.actor;
  if (!state.session) throw new AppError("UNAUTHENTICATED");
  const { actor, ended } = await state.services.staff.ofSession(state.session);
  if (ended) {
    // Signed out elsewhere: nobody is signed in here.
    state.session = null;
    throw new AppError("UNAUTHENTICATED");
  }
  if (!actor) {
    throw new AppError("FORBIDDEN", {
      msg: "这个页面只给公司员工使用。如果您是员工，请联系管理员开通",
      details: { reason: "not_staff" },
    });
  }
  state.actor = actor;
  return actor;
}

/** The same with the request, for flows and pages. */
export async function requireCaller(state: State): Promise<Caller> {
  const actor = await requireActor(state);
  return { actor, requestId: state.requestId };
}

/**
 * For addresses that are there for some roles only: others, and whoever is not
 * signed in, get what an address gets that isn't there.
 */
export async function requireHidden(
  state: State,
  right: Right<"nothing">,
): Promise<Caller> {
  let refusal: unknown;
  try {
    const caller = await requireCaller(state);
    if (right.roles[caller.actor.role].length > 0) return caller;
    refusal = new AppError("FORBIDDEN", { msg: right.refusal });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    refusal = error;
  }
  throw new AppError("NOT_FOUND", { cause: refusal });
}
