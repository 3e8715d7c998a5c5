/** What a member says to a customer outside of groups; the API never shows it. */
import { QyError } from "./errors.ts";
import { followOf, type VerbContext } from "./contact_core.ts";
import { CODE } from "../wecom/codes/mod.ts";

export const talkKey = (userId: string, externalUserId: string): string =>
  `${userId} ${externalUserId}`;

export function customerTold(
  { state, at }: VerbContext,
  { userId, externalUserId, text }: {
    userId: string;
    externalUserId: string;
    text: string;
  },
): void {
  if (!followOf(state, userId, externalUserId)) {
    throw new QyError(CODE.NO_RELATION);
  }
  const key = talkKey(userId, externalUserId);
  const said = state.talks.get(key) ?? [];
  state.talks.set(key, [...said, { at, from: userId, text }]);
}
