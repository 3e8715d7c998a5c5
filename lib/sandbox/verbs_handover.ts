/**
 * Customers who are handed from one member in service to another (92125): the
 * giver hears of a deletion, the taker of an addition, or of why it failed.
 */
import {
  customerOf,
  followOf,
  link,
  staffOf,
  unlink,
  type VerbContext,
} from "./contact_core.ts";
import { QyError } from "./errors.ts";
import type { ContactEvent } from "./types.ts";
import { CODE } from "../wecom/codes/mod.ts";

/**
 * A customer goes from one member in service to another, 24 h after it was asked
 * for (92125). The giver hears of a deletion, the taker of an addition.
 */
export function customerTransferred(
  context: VerbContext,
  input: { from: string; to: string; externalUserId: string },
): void {
  const { from, to, externalUserId } = input;
  const given = followOf(context.state, from, externalUserId);
  if (!given) throw new QyError(CODE.NO_RELATION);
  staffOf(context.state, to);
  unlink(context.state, from, externalUserId);
  context.emit({
    event: "change_external_contact",
    changeType: "del_external_contact",
    userId: from,
    externalUserId,
    source: "DELETE_BY_TRANSFER",
  });
  // Who has the customer already is told nothing.
  if (followOf(context.state, to, externalUserId)) return;
  const { remark, remarkMobiles, description, tagIds } = given;
  link(context.state, {
    userId: to,
    externalUserId,
    remark,
    remarkMobiles,
    description,
    tagIds,
    addWay: 202,
  }, context.at);
  context.emit({
    event: "change_external_contact",
    changeType: "add_external_contact",
    userId: to,
    externalUserId,
  });
}

/** The customer refuses the new member, or that one has too many (92125). */
export function customerTransferFails(
  context: VerbContext,
  input: {
    to: string;
    externalUserId: string;
    failReason: NonNullable<ContactEvent["failReason"]>;
  },
): void {
  staffOf(context.state, input.to);
  customerOf(context.state, input.externalUserId);
  context.emit({
    event: "change_external_contact",
    changeType: "transfer_fail",
    userId: input.to,
    externalUserId: input.externalUserId,
    failReason: input.failReason,
  });
}
