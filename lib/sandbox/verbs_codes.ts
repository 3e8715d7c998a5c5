/**
 * A member's own code (92228): the customer scans it, waits half added, and is
 * confirmed; the welcome that may be sent meanwhile (92137).
 */
import {
  type AddContact,
  customerOf,
  followOf,
  link,
  staffOf,
  type VerbContext,
} from "./contact_core.ts";
import { QyError } from "./errors.ts";
import { nextToken } from "./ids.ts";
import { CODE } from "../wecom/codes/mod.ts";

function issueWelcome(
  { state, at }: VerbContext,
  input: { userId: string; externalUserId: string },
): string {
  const welcomeCode = nextToken(state, 43);
  const { userId, externalUserId } = input;
  state.welcomeCodes.set(welcomeCode, {
    userId,
    externalUserId,
    issuedAt: at,
    used: false,
  });
  return welcomeCode;
}

export function add(
  context: VerbContext,
  input: AddContact & { welcomed?: boolean },
): { welcomeCode: string | null } {
  const { state, at } = context;
  const staff = staffOf(state, input.userId);
  customerOf(state, input.externalUserId);
  state.pending.delete(pendingKey(input));
  const known = followOf(state, input.userId, input.externalUserId);
  if (known && !known.deletedByCustomer) return { welcomeCode: null };
  if (known) {
    known.deletedByCustomer = false;
  } else {
    link(state, input, at);
  }
  if (!staff.canContact) return { welcomeCode: null }; // a plain contact: WeCom tells no app
  const welcomeCode = input.welcomed ? null : issueWelcome(context, input);
  context.emit({
    event: "change_external_contact",
    changeType: "add_external_contact",
    userId: input.userId,
    externalUserId: input.externalUserId,
    ...(welcomeCode ? { welcomeCode } : {}),
    ...(input.state ? { state: input.state } : {}),
  });
  return { welcomeCode };
}

export function pendingKey(
  { userId, externalUserId }: { userId: string; externalUserId: string },
): string {
  return `${userId} ${externalUserId}`;
}

/**
 * The customer scans a member's own code (92228). With 免验证 WeCom tells of a
 * half-added contact, else of nothing; both wait until the member confirms.
 */
export function customerScansContactWay(
  context: VerbContext,
  input: { configId: string; externalUserId: string },
): { userId: string; welcomeCode: string | null } {
  const { state } = context;
  const way = state.ways.get(input.configId);
  const [userId] = way?.userIds ?? [];
  if (way?.kind !== "contact" || userId === undefined) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  const { externalUserId } = input;
  customerOf(state, externalUserId);
  const staff = staffOf(state, userId);
  const known = followOf(state, userId, externalUserId);
  if (known && !known.deletedByCustomer) return { userId, welcomeCode: null };
  const request = {
    userId,
    externalUserId,
    state: way.state,
    half: way.skipVerify,
  };
  state.pending.set(pendingKey(request), request);
  if (!way.skipVerify || !staff.canContact) {
    return { userId, welcomeCode: null };
  }
  const welcomeCode = issueWelcome(context, request);
  context.emit({
    event: "change_external_contact",
    changeType: "add_half_external_contact",
    userId,
    externalUserId,
    welcomeCode,
    ...(way.state ? { state: way.state } : {}),
  });
  return { userId, welcomeCode };
}

/** The member taps 通过: both have each other from now on. */
export function staffConfirmsContact(
  context: VerbContext,
  input: { userId: string; externalUserId: string },
): { welcomeCode: string | null } {
  const request = context.state.pending.get(pendingKey(input));
  if (!request) throw new QyError(CODE.NO_RELATION);
  const { userId, externalUserId, state, half } = request;
  // The half-added contact was welcomed already (92137).
  return add(context, {
    userId,
    externalUserId,
    addWay: 1,
    state,
    welcomed: half,
  });
}

/** Uses up a welcome code: once, within 20 s (documents 92137, 41050, 41051). */
export function apiWelcome(
  context: VerbContext,
  input: { welcomeCode: string },
): void {
  const code = context.state.welcomeCodes.get(input.welcomeCode);
  if (!code || context.at - code.issuedAt > 20_000) {
    throw new QyError(CODE.WELCOME_TOO_LATE);
  }
  if (code.used) throw new QyError(CODE.WELCOME_DELIVERED);
  code.used = true;
}
