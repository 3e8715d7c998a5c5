/**
 * Everything that the H5 page of an order needs, gathered in one go, so that
 * the page arrives with a live button: order, group or creation under way,
 * match, both signatures. A part that WeCom does not give is told on the page;
 * it does not keep the rest from being shown.
 */
import { admitToOrder } from "../flows/access.ts";
import type { Caller } from "../flows/flow.ts";
import { RIGHTS } from "../flows/rights.ts";
import { viewMatch } from "../flows/customer_match.ts";
import { shown } from "../contacts/progress.ts";
import { type BriefMatch, matchBriefly } from "../contacts/read_briefly.ts";
import {
  type Contacts,
  type FreshMatch,
  MISS_REFRESH_MS,
} from "../contacts/contacts.ts";
import { briefly } from "../http/briefly.ts";
import type { Log } from "../http/log.ts";
import { toAppError } from "../http/to_app_error.ts";
import type { Groups } from "./groups.ts";
import { groupName } from "./name.ts";
import { OWNER } from "./people.ts";
import { handMadeFor, standingOf, versionOf, viewOffer } from "./page_now.ts";
import type { Order } from "../orders/order.ts";
import type { Orders } from "../orders/orders.ts";
import type { OrderViews } from "../orders/view.ts";
import { nameOn, roleOn } from "../orders/staff_words.ts";
import type { Staff } from "../staff/staff.ts";
import { type Actor, isOnOrder, staffOf } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { Sql } from "../store/database.ts";
import type { WecomClient } from "../wecom/mod.ts";
import type { Situation } from "./situation.ts";
import type { GroupViews } from "./view.ts";
import type { GroupPageModel, PageMatch, Problem } from "../ui/model.ts";

/**
 * A WeCom that hangs does not hold up the page: the page asks again afterwards.
 */
const SETTLE_MS = 2_000;
/** Events may never come (90930): a group read so long ago is read again. */
const STALE_MS = 10 * 60_000;

export interface GroupPageDeps {
  sql: Sql;
  orders: Orders;
  orderViews: OrderViews;
  groups: Groups;
  groupViews: GroupViews;
  contacts: Contacts;
  staff: Staff;
  wecom: WecomClient;
  config: { groupNameTemplate: string };
  now: () => number;
  log: Log;
}

/** Throws ORDER_NOT_FOUND, FORBIDDEN, ERP_UNAVAILABLE. */
export async function loadGroupPage(
  deps: GroupPageDeps,
  { actor, requestId }: Caller,
  orderId: string,
  pageUrl: string,
): Promise<GroupPageModel> {
  // Asked at the same time: each of them may have to wait.
  const signed = attempt(() => deps.wecom.sign(pageUrl));
  const [order, known] = await Promise.all([
    admitToOrder(deps, actor, RIGHTS.seeOrder, orderId),
    deps.groups.situation(orderId),
  ]);
  const situation = await settledBriefly(deps, requestId, order, known);
  const [standing, around, found, signing] = await Promise.all([
    standingOf(deps, actor, order, situation),
    handMadeFor(deps, actor, order, situation),
    situation.kind === "active" ? null : matchOf(deps, actor, order),
    signed,
  ]);
  const view = deps.orderViews.view(order, situation);
  return {
    viewer: { wxUserId: actor.wxUserId, name: actor.name },
    order: view,
    mayNote: view.customerPhone !== "" && isOnOrder(actor, order),
    ...standing,
    ...viewOffer(around, found?.fresh ?? null),
    match: found?.match ?? null,
    version: versionOf(situation, found?.fresh ?? null),
    signing: signing.ok ? signing.value : null,
    signingProblem: signing.ok ? null : signing.problem,
    groupName: groupName(deps.config.groupNameTemplate, order),
    staff: staffOfPage(actor, order),
  };
}

/**
 * Looks for the group when the page is opened again: it may have died after the
 * group was made. A look that takes longer goes on while the page is shown.
 * After a question was put there is nothing to look for: only a person, or a
 * report by id, ends it.
 */
async function settledBriefly(
  deps: GroupPageDeps,
  requestId: string,
  { orderId }: Order,
  known: Situation,
): Promise<Situation> {
  if (known.kind === "question" && known.intent.chatId === null) return known;
  const settling = settled(deps, requestId, orderId, known).catch((error) => {
    deps.log("warn", "page.not_settled", { requestId, error });
    return null;
  });
  const situation = await briefly(settling, SETTLE_MS);
  return situation && situation !== "late"
    ? situation
    : await deps.groups.situation(orderId);
}

async function settled(
  { groups, now }: GroupPageDeps,
  requestId: string,
  orderId: string,
  known: Situation,
): Promise<Situation> {
  if (
    known.kind !== "active" ||
    now() - known.chat.syncedAt.getTime() <= STALE_MS
  ) return await groups.settle(orderId, "page", { requestId, known });
  const chat = await groups.refresh(known.chat);
  // Something else may be the order's group now, or a question.
  return chat.dismissedAt === null
    ? { ...known, chat }
    : await groups.settle(orderId, "page", { requestId });
}

async function matchOf(
  deps: GroupPageDeps,
  actor: Actor,
  order: Order,
): Promise<{ match: PageMatch; fresh: FreshMatch | null }> {
  const found = await matchBriefly(deps.contacts, order, actor.wxUserId);
  const fresh = found.kind === "known" ? found.match : null;
  return { match: viewFound(deps, actor, order, found), fresh };
}

function viewFound(
  { contacts, now }: GroupPageDeps,
  actor: Actor,
  order: Order,
  found: BriefMatch,
): PageMatch {
  if (found.kind === "failed") {
    return { kind: "failed", problem: problemOf(found.failed) };
  }
  if (found.kind === "reading") {
    const { seen, expected } = found.sync;
    const reading = contacts.progress(actor.wxUserId) ??
      { seen, expected, place: 0, waitMs: null };
    const { note } = shown(reading);
    return {
      kind: "syncing",
      seen: reading.seen,
      expected: reading.expected,
      note,
    };
  }
  const { match } = found;
  const age = now() - (match.syncedAt?.getTime() ?? 0);
  return {
    kind: "known",
    match: viewMatch(match, { order, actor, at: now() }),
    // The page asks again if nobody matched and the mirror is old, or if no
    // colleague on the order is known to have the customer.
    stale: match.status === "none" &&
      (age > MISS_REFRESH_MS || match.followers.length === 0),
  };
}

/** In the order in which they are told everywhere; whoever looks is the owner. */
function staffOfPage(actor: Actor, order: Order) {
  const { wxUserId, name } = actor;
  const own = { id: wxUserId, name, label: OWNER };
  const people = staffOf(order).map((id) =>
    isSameUser(id, wxUserId)
      ? own
      : { id, name: nameOn(order, id), label: roleOn(order, id) }
  );
  return isOnOrder(actor, order) ? people : [...people, own];
}

type Attempt<T> = { ok: true; value: T } | { ok: false; problem: Problem };

async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    return { ok: false, problem: problemOf(thrown) };
  }
}

function problemOf(thrown: unknown): Problem {
  const { error, msg, details } = toAppError(thrown);
  // The error's name and its details belong together.
  return { error, msg, details } as Problem;
}
