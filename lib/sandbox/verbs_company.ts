/**
 * Departures, transfers and QR codes. Limits: a transfer names at most 100
 * chats; 300 chats a day per former owner; in service at most 2 transfers per
 * chat in 90 days; after a departure within one year (documents 92127, 95703).
 * 500 000 codes per company, `state` and `remark` ≤ 30 characters (92229).
 */
import { QyError } from "./errors.ts";
import { nextToken } from "./ids.ts";
import type { Staff, Way } from "./types.ts";
import { chatOf, dropOut, handOver, orphan } from "./chat_core.ts";
import { staffOf, type VerbContext } from "./contact_core.ts";
import { CODE } from "../wecom/codes/mod.ts";

const DAY = 86_400_000;

export interface NewStaff {
  userId: string;
  name: string;
  role?: Staff["role"];
  storeName?: string;
  visible?: boolean;
  canContact?: boolean;
  scenario?: string;
}

export function staffJoins(
  { state, emit }: VerbContext,
  input: NewStaff,
): void {
  state.staff.set(input.userId, {
    userId: input.userId,
    name: input.name,
    role: input.role ?? "designer",
    storeName: input.storeName ?? "",
    visible: input.visible ?? true,
    canContact: input.canContact ?? true,
    departed: false,
    departedAt: null,
    scenario: input.scenario ?? "",
  });
  if (input.visible ?? true) emit({ event: "subscribe", userId: input.userId });
}

/** The administrator changes what a member may do. */
export function staffRights(
  { state, emit }: VerbContext,
  input: { userId: string; visible?: boolean; canContact?: boolean },
): void {
  const staff = staffOf(state, input.userId);
  if (input.visible !== undefined && input.visible !== staff.visible) {
    staff.visible = input.visible;
    const event = staff.visible ? "subscribe" : "unsubscribe";
    emit({ event, userId: staff.userId });
  }
  if (input.canContact !== undefined) staff.canContact = input.canContact;
}

/** Own chats wait for a new owner, in others the person disappears; contacts stay to be handed on. */
export function staffLeaves(
  context: VerbContext,
  input: { userId: string },
): void {
  const staff = staffOf(context.state, input.userId);
  staff.departed = true;
  staff.departedAt = context.at;
  if (staff.visible) {
    context.emit({ event: "unsubscribe", userId: staff.userId });
  }
  for (const chat of context.state.chats.values()) {
    if (chat.dismissed) continue;
    if (chat.owner === input.userId) orphan(context, chat);
    else if (chat.members.some((member) => member.id === input.userId)) {
      dropOut(context, chat, input.userId);
    }
  }
}

export interface Transfer {
  chatIds: string[];
  newOwner: string;
  /** The owner is still in service (onjob_transfer). */
  onJob: boolean;
}

/** Returns the chats that were refused; the others have the new owner at once. */
export function apiTransfer(
  context: VerbContext,
  input: Transfer,
): { chatId: string; errcode: number }[] {
  const { state, at } = context;
  const heir = staffOf(state, input.newOwner);
  if (!heir.visible) throw new QyError(CODE.OUT_OF_SCOPE);
  if (!heir.canContact) throw new QyError(CODE.NO_CONTACT_RIGHT);
  const failed: { chatId: string; errcode: number }[] = [];
  for (const chatId of input.chatIds) {
    try {
      const chat = chatOf(state, chatId);
      if (chat.internal) throw new QyError(CODE.NOT_CUSTOMER_GROUP);
      if (chat.dismissed) throw new QyError(CODE.GROUP_DISSOLVED);
      if (chat.owner === input.newOwner) throw new QyError(CODE.SAME_OWNER);
      const owner = state.staff.get(chat.owner);
      const today = (state.transfers.get(chat.owner) ?? []).filter((t) =>
        at - t < DAY
      );
      if (today.length >= 300) throw new QyError(CODE.TRANSFERRED_TOO_OFTEN);
      state.transfers.set(chat.owner, today);
      if (input.onJob) {
        if (owner?.departed) throw new QyError(CODE.OWNER_DEPARTED);
        if (chat.transferredAt.filter((t) => at - t < 90 * DAY).length >= 2) {
          throw new QyError(CODE.TRANSFERRED_TOO_OFTEN);
        }
        chat.transferredAt.push(at);
        handOver(context, chat, input.newOwner, 0);
      } else {
        if (!owner?.departed) {
          throw new QyError(
            chat.status === 3
              ? CODE.GROUP_TRANSFERRED
              : CODE.OWNER_NOT_DEPARTED,
          );
        }
        if (at - (owner.departedAt ?? at) > 365 * DAY) {
          throw new QyError(CODE.OWNER_NOT_DEPARTED);
        }
        handOver(context, chat, input.newOwner, 3);
      }
      today.push(at);
    } catch (error) {
      if (!(error instanceof QyError)) throw error;
      failed.push({ chatId, errcode: error.errcode });
    }
  }
  return failed;
}

/** Adds or overwrites a code; returns its config id. */
export function apiSaveWay(
  { state, at }: VerbContext,
  input: Omit<Way, "configId" | "createdAt"> & { configId?: string },
): string {
  const configId = input.configId ?? nextToken(state, 32);
  const known = state.ways.get(configId);
  if (input.configId && !known) throw new QyError(CODE.PARAMETER_INVALID);
  const createdAt = known?.createdAt ?? at;
  state.ways.set(configId, { ...input, configId, createdAt });
  return configId;
}

export function apiDeleteWay(
  { state }: VerbContext,
  input: { configId: string },
): void {
  if (!state.ways.delete(input.configId)) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
}
