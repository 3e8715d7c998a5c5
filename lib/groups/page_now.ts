/**
 * What a page that is open may find changed: how things stand with the order's
 * group, and who its customer is. Of the database alone, which callbacks feed, since
 * open pages ask again every few seconds.
 */
import { createHash } from "node:crypto";
import { viewMatch } from "../flows/customer_match.ts";
import type { Contacts, FreshMatch } from "../contacts/contacts.ts";
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import type { Staff } from "../staff/staff.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { PageIntent, PageNow } from "../flows/schemas.ts";
import type { Sql } from "../store/database.ts";
import { endingOf } from "./errors.ts";
import type { Groups } from "./groups.ts";
import {
  handMadeAround,
  type MirroredGroup,
  offeredAtOnce,
} from "./hand_made.ts";
import type { Situation, UnderWay } from "./situation.ts";
import { tellUnderWay, UNFINISHED } from "./standing_words.ts";
import type { GroupViews } from "./view.ts";

export interface PageNowDeps {
  sql: Sql;
  groups: Pick<Groups, "situation">;
  groupViews: Pick<GroupViews, "ofSituation">;
  contacts: Pick<Contacts, "peek">;
  staff: Pick<Staff, "names">;
  now: () => number;
}

/** What the page was told before and is not true any more is taken back. */
const NOTHING = { ended: null, candidates: null, existing: null };

/** null: all is as it was when the page was told `version`. */
export async function pageNow(
  deps: PageNowDeps,
  actor: Actor,
  order: Order,
  version: string,
): Promise<{ version: string; now: PageNow | null }> {
  const [situation, match] = await Promise.all([
    deps.groups.situation(order.orderId),
    deps.contacts.peek(order, actor.wxUserId),
  ]);
  const newest = versionOf(situation, match);
  if (newest === version) return { version, now: null };
  const [standing, around] = await Promise.all([
    standingOf(deps, actor, order, situation),
    handMadeFor(deps, actor, order, situation),
  ]);
  const reader = { order, actor, at: deps.now() };
  const known = situation.kind === "active" ? null : viewMatch(match, reader);
  const offer = viewOffer(around, match);
  const now = { ...NOTHING, ...standing, ...offer, match: known };
  return { version: newest, now };
}

/** Nothing is offered beside a group, or a creation that may still make one. */
export async function handMadeFor(
  { sql }: Pick<PageNowDeps, "sql">,
  { wxUserId }: Actor,
  order: Order,
  { kind }: Situation,
): Promise<MirroredGroup[]> {
  const free = kind === "none" || kind === "ended" || kind === "dismissed";
  return free ? await handMadeAround(sql, order, wxUserId) : [];
}

export function viewOffer(
  around: readonly MirroredGroup[],
  match: FreshMatch | null,
): Pick<PageNow, "existing"> {
  const existing = offeredAtOnce(around, match);
  return existing === null ? {} : { existing };
}

/** Everything of it but the match. */
export async function standingOf(
  { groupViews, staff }: Pick<PageNowDeps, "groupViews" | "staff">,
  { wxUserId }: Actor,
  order: Order,
  situation: Situation,
): Promise<Omit<PageNow, "match">> {
  const [group, intent] = await Promise.all([
    groupViews.ofSituation(order, situation, wxUserId),
    intentOf(staff, wxUserId, situation),
  ]);
  return { group, intent, ...viewEnding(situation) };
}

/** The same for as long as the page would look the same. */
export function versionOf(
  situation: Situation,
  match: FreshMatch | null,
): string {
  const { kind } = situation;
  const intent = "intent" in situation ? situation.intent : null;
  const chat = "chat" in situation ? situation.chat : null;
  const others = kind === "active"
    ? situation.twins
    : kind === "question"
    ? situation.candidates
    : [];
  const looked = [
    kind,
    intent && [intent.intentId, intent.state, intent.chatId],
    chat?.chatId,
    others.map((one) => one.chatId),
    kind === "active" || match === null ? null : [
      match.status,
      match.half,
      match.without,
      match.followers.map((one) => one.wxUserId),
      [...match.candidates, ...match.suggestions]
        .map((one) => one.externalUserId),
    ],
  ];
  return createHash("sha256").update(JSON.stringify(looked))
    .digest("base64url").slice(0, 16);
}

/** What a person is told of a creation that came to its end without a group. */
function viewEnding(situation: Situation) {
  if (situation.kind === "question" && situation.open) return {};
  const ending = endingOf(situation);
  if (!ending || ending.details.reason === "cancelled") return {};
  const { msg, details: { candidates } } = ending;
  return { ended: msg, ...(candidates && { candidates }) };
}

/** Nobody is told of a sheet of the release before that was not confirmed. */
async function intentOf(
  staff: Pick<Staff, "names">,
  wxUserId: string,
  situation: Situation,
): Promise<PageIntent | null> {
  if (!isUnderWay(situation)) return null;
  const { intent } = situation;
  const names = await staff.names([intent.createdBy]);
  const mine = isSameUser(intent.createdBy, wxUserId);
  const byName = names.get(intent.createdBy) ?? intent.createdBy;
  return {
    intentId: intent.intentId,
    groupName: intent.groupName,
    status: situation.kind === "launched" ? "pending" : "searching",
    chatId: intent.chatId,
    mine,
    byName,
    told: mine ? UNFINISHED : tellUnderWay(mine, byName),
    customerExternalUserId: intent.customerExternalUserId,
    customerExternalUserIds: [...intent.externalUserIds],
    expiresAt: intent.expiresAt.toISOString(),
  };
}

function isUnderWay(situation: Situation): situation is UnderWay {
  return situation.kind === "launched" || situation.kind === "searching" ||
    situation.kind === "question" && situation.open;
}
