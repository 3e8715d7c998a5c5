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
import { matchBriefly } from "../contacts/brief.ts";
import { type Contacts, MISS_REFRESH_MS } from "../contacts/contacts.ts";
import { briefly } from "../http/briefly.ts";
import type { Log } from "../http/log.ts";
import { toAppError } from "../http/to_app_error.ts";
import type { Ending } from "./errors.ts";
import type { Groups } from "./groups.ts";
import { type Intent, type Intents, isLive } from "./intents.ts";
import { groupName } from "./name.ts";
import type { Order } from "../orders/order.ts";
import type { Orders } from "../orders/orders.ts";
import type { OrderViews } from "../orders/view.ts";
import type { Staff } from "../staff/staff.ts";
import type { Actor } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { WecomClient } from "../wecom/mod.ts";
import { type GroupViews, LATE_MS } from "./view.ts";
import type {
  GroupPageModel,
  PageIntent,
  PageMatch,
  Problem,
} from "../ui/model.ts";

/** A WeCom that hangs does not hold up the page; it asks itself afterwards. */
const RECOVER_MS = 2_000;

export interface GroupPageDeps {
  orders: Orders;
  orderViews: OrderViews;
  groups: Groups;
  groupViews: GroupViews;
  intents: Intents;
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
  const order = await admitToOrder(deps, actor, RIGHTS.seeOrder, orderId);
  // Asked at the same time: each of them may have to wait for WeCom.
  const signed = attempt(() => deps.wecom.sign(pageUrl));
  await recoverQuietly(deps, requestId, order);
  const [view, group, intent, ending, signing] = await Promise.all([
    deps.orderViews.one(order),
    deps.groupViews.ofOrder(order),
    deps.intents.newest(order.orderId),
    deps.groupViews.ending(order),
    signed,
  ]);
  const active = group?.status === "active";
  const live = intent && isLive(intent, deps.now());
  return {
    viewer: { wxUserId: actor.wxUserId, name: actor.name },
    order: view,
    group,
    intent: active || !live ? null : await viewIntent(deps, actor, intent),
    ...(ending && viewEnding(ending)),
    match: active ? null : await matchOf(deps, actor, order),
    signing: signing.ok ? signing.value : null,
    signingProblem: signing.ok ? null : signing.problem,
    groupName: groupName(deps.config.groupNameTemplate, view),
    staff: staffOfPage(actor, order),
  };
}

/**
 * A page that died after the group was made finds it on its next opening, also
 * some time after the lease was over. What takes longer goes on behind the page.
 */
async function recoverQuietly(
  deps: GroupPageDeps,
  requestId: string,
  order: Order,
): Promise<void> {
  const intent = await deps.intents.newest(order.orderId);
  const age = deps.now() - (intent?.expiresAt.getTime() ?? 0);
  if (intent?.state === "active" || age > LATE_MS) return;
  const recovering = deps.groups.recover(order, "page").catch((error) =>
    deps.log("warn", "page.not_recovered", { requestId, error })
  );
  await briefly(recovering, RECOVER_MS);
}

function viewEnding({ msg, details }: Ending) {
  const { candidates } = details;
  return { ended: msg, ...(candidates && { candidates }) };
}

async function viewIntent(
  { staff }: GroupPageDeps,
  actor: Actor,
  intent: Intent,
): Promise<PageIntent> {
  const names = await staff.names([intent.createdBy]);
  return {
    intentId: intent.intentId,
    groupName: intent.groupName,
    status: intent.state === "pending" ? "pending" : "searching",
    chatId: intent.chatId,
    mine: isSameUser(intent.createdBy, actor.wxUserId),
    byName: names.get(intent.createdBy) ?? intent.createdBy,
    customerExternalUserId: intent.customerExternalUserId,
    expiresAt: intent.expiresAt.toISOString(),
  };
}

async function matchOf(
  deps: GroupPageDeps,
  actor: Actor,
  order: Order,
): Promise<PageMatch> {
  const { contacts, now } = deps;
  const found = await matchBriefly(contacts, order, actor.wxUserId);
  if (found.kind === "failed") {
    return { kind: "failed", problem: problemOf(found.failed) };
  }
  if (found.kind === "reading") {
    const { seen, expected } = found.sync;
    return { kind: "syncing", seen, expected };
  }
  const { match } = found;
  const age = now() - (match.syncedAt?.getTime() ?? 0);
  return {
    kind: "known",
    match: viewMatch(match),
    // A miss on an old copy is asked again, and so is one that nobody on the
    // order has explained yet.
    stale: match.status === "none" &&
      (age > MISS_REFRESH_MS || match.followers.length === 0),
  };
}

function staffOfPage(actor: Actor, order: Order) {
  const manager = order.projectManagerWxUserId;
  const people = [
    {
      wxUserId: order.designerWxUserId,
      name: order.designerName,
      role: "设计师",
    },
    ...(manager && !isSameUser(manager, order.designerWxUserId)
      ? [{
        wxUserId: manager,
        name: order.projectManagerName ?? manager,
        role: "项目经理",
      }]
      : []),
  ];
  if (!people.some((one) => isSameUser(one.wxUserId, actor.wxUserId))) {
    const { wxUserId, name } = actor;
    people.push({ wxUserId, name, role: "发起人" });
  }
  return people;
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
