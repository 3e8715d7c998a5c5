/**
 * Everything that the H5 page of an order needs, gathered in one go, so that
 * the page arrives with a live button: order, group or creation under way,
 * match, both signatures. A part that WeCom does not give is told on the page;
 * it does not keep the rest from being shown.
 */
import type { FlowContext } from "../flows/flow.ts";
import { orderFor } from "../flows/access.ts";
import { viewMatch } from "../flows/customer_match.ts";
import { readBriefly } from "../contacts/brief.ts";
import { MISS_REFRESH_MS } from "../contacts/contacts.ts";
import { briefly } from "../http/briefly.ts";
import { toAppError } from "../http/to_app_error.ts";
import type { Ending } from "./errors.ts";
import { type Intent, isLive } from "./intents.ts";
import { groupName } from "./name.ts";
import type { Order } from "../orders/order.ts";
import { isSameUser } from "../staff/user_id.ts";
import { LATE_MS } from "./view.ts";
import type {
  GroupPageModel,
  PageIntent,
  PageMatch,
  Problem,
} from "../ui/model.ts";

/** A WeCom that hangs does not hold up the page; it asks itself afterwards. */
const RECOVER_MS = 2_000;

/** Throws ORDER_NOT_FOUND, FORBIDDEN, ERP_UNAVAILABLE. */
export async function loadGroupPage(
  context: FlowContext,
  orderId: string,
  pageUrl: string,
): Promise<GroupPageModel> {
  const { services, actor } = context;
  const order = await orderFor(context, orderId);
  // Asked at the same time: each of them may have to wait for WeCom.
  const signed = attempt(() => services.wecom.sign(pageUrl));
  await recoverQuietly(context, order);
  const [view, group, intent, ending, signing, people] = await Promise.all([
    services.orderViews.one(order),
    services.groupViews.ofOrder(order),
    services.intents.newest(order.orderId),
    services.groupViews.ending(order),
    signed,
    staffOfPage(context, order),
  ]);
  const active = group?.status === "active";
  const live = intent && isLive(intent, services.now());
  return {
    viewer: { wxUserId: actor.wxUserId, name: actor.name },
    order: view,
    group,
    intent: active || !live ? null : await viewIntent(context, intent),
    ...(ending && viewEnding(ending)),
    match: active ? null : await matchOf(context, order),
    signing: signing.ok ? signing.value : null,
    signingProblem: signing.ok ? null : signing.problem,
    groupName: groupName(services.config.groupNameTemplate, view),
    staff: people,
  };
}

/**
 * A page that died after the group was made finds it on its next opening, also
 * some time after the lease was over. What takes longer goes on behind the page.
 */
async function recoverQuietly(
  { services, requestId }: FlowContext,
  order: Order,
): Promise<void> {
  const intent = await services.intents.newest(order.orderId);
  const age = services.now() - (intent?.expiresAt.getTime() ?? 0);
  if (intent?.state === "active" || age > LATE_MS) return;
  const recovering = services.groups.recover(order, "page").catch((error) =>
    services.log("warn", "page.not_recovered", { requestId, error })
  );
  await briefly(recovering, RECOVER_MS);
}

function viewEnding({ msg, details }: Ending) {
  const { candidates } = details;
  return { ended: msg, ...(candidates && { candidates }) };
}

async function viewIntent(
  { services, actor }: FlowContext,
  intent: Intent,
): Promise<PageIntent> {
  const names = await services.staff.names([intent.createdBy]);
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
  context: FlowContext,
  order: Order,
): Promise<PageMatch> {
  const { services, actor } = context;
  const { contacts, contactSync, now } = services;
  const read = await readBriefly(contacts, actor.wxUserId);
  if (read === "reading") {
    const { seen, expected } = await contactSync.state(actor.wxUserId);
    return { kind: "syncing", seen, expected };
  }
  if (read !== "read") {
    return { kind: "failed", problem: problemOf(read.failed) };
  }
  const found = await contacts.peek(order, actor.wxUserId);
  const age = now() - (found.syncedAt?.getTime() ?? 0);
  return {
    kind: "known",
    match: await viewMatch(context, found),
    // A miss on an old copy is asked again, and so is one that nobody on the
    // order has explained yet.
    stale: found.status === "none" &&
      (age > MISS_REFRESH_MS || found.followerIds.length === 0),
  };
}

async function staffOfPage({ services, actor }: FlowContext, order: Order) {
  const manager = order.projectManagerWxUserId;
  const people = [
    { wxUserId: order.designerWxUserId, role: "设计师" },
    ...(manager && !isSameUser(manager, order.designerWxUserId)
      ? [{ wxUserId: manager, role: "项目经理" }]
      : []),
  ];
  if (!people.some((one) => isSameUser(one.wxUserId, actor.wxUserId))) {
    people.push({ wxUserId: actor.wxUserId, role: "发起人" });
  }
  const names = await services.staff.names(people.map((one) => one.wxUserId));
  return people.map((one) => ({
    ...one,
    name: names.get(one.wxUserId) ?? one.wxUserId,
  }));
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
  return { error, msg, details };
}
