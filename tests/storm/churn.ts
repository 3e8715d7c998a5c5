/**
 * What people do while nobody asks: in groups that are done, in groups of no
 * order at all, in their contacts.
 */
import type { Company } from "./company.ts";
import type { Dice } from "./dice.ts";
import type { History } from "./history.ts";
import { count, type Ledger } from "./ledger.ts";
import type { World } from "../../lib/sandbox/mod.ts";

export interface Churn {
  world: World;
  ledger: Ledger;
  company: Company;
  history: History;
}

export function churn(churn: Churn, dice: Dice): void {
  if (dice.chance(0.06)) scans(churn, dice);
  else if (dice.chance(0.02)) bystander(churn, dice);
  else if (dice.chance(0.4)) contacts(churn, dice);
  else if (dice.chance(0.15)) groupByHand(churn, dice);
  else groups(churn, dice);
}

/** Contacts of a designer who have nothing to do with any order. */
function othersOf({ world, company }: Churn, userId: string): string[] {
  const ordered = new Set(company.orders.map((order) => order.customer));
  return [...world.state.follows.get(userId)?.keys() ?? []]
    .filter((id) => !ordered.has(id));
}

function contacts(churn: Churn, dice: Dice): void {
  const { world, ledger, company } = churn;
  const userId = dice.pick(company.designers);
  const others = othersOf(churn, userId);
  const kind = dice.next();
  if (kind < 0.4 || others.length === 0) {
    const externalUserId = world.customerAppears({ name: "路人" });
    const mobile = `1390000${dice.int(1000, 9999)}`;
    world.staffAddsContact({
      userId,
      externalUserId,
      remarkMobiles: [mobile],
    });
    return count(ledger.steps, "contact added");
  }
  const externalUserId = dice.pick(others);
  if (kind < 0.65) {
    world.staffDeletesContact({ userId, externalUserId });
    return count(ledger.steps, "contact deleted");
  }
  if (kind < 0.7) return handOn(churn, dice, userId, externalUserId);
  if (kind < 0.74) {
    world.staffTagsContact({ userId, externalUserId, tagIds: ["vip"] });
    return count(ledger.steps, "contact tagged");
  }
  if (kind < 0.83) {
    const remark = `备注${dice.int(1, 999)}`;
    world.staffEditsRemark({ userId, externalUserId, remark });
    return count(ledger.steps, "contact renamed");
  }
  world.staffEditsRemark({ userId, externalUserId, remarkMobiles: [] });
  return count(ledger.steps, "contact edited");
}

/** To a colleague: the customer agrees, or not. */
function handOn(
  { world, ledger, company }: Churn,
  dice: Dice,
  from: string,
  externalUserId: string,
): void {
  const to = dice.pick(company.designers.filter((one) => one !== from));
  if (to === undefined) return;
  if (dice.chance(0.3)) {
    const failReason = "customer_refused";
    world.customerTransferFails({ to, externalUserId, failReason });
    return count(ledger.steps, "hand-over refused");
  }
  world.customerTransferred({ from, to, externalUserId });
  count(ledger.steps, "contact handed on");
}

/** Somebody scans a designer's code; some are confirmed, some never. */
function scans({ world, ledger, company }: Churn, dice: Dice): void {
  const [waiting] = world.state.pending.values();
  if (waiting && dice.chance(0.6)) {
    world.staffConfirmsContact(waiting);
    return count(ledger.steps, "half-added contact confirmed");
  }
  const userId = dice.pick(company.designers);
  const configId = world.run("apiSaveWay", {
    kind: "contact",
    scene: 2,
    remark: "",
    state: "storm",
    chatIds: [],
    userIds: [userId],
    autoCreateRoom: 0,
    roomBaseName: "",
    roomBaseId: 0,
    skipVerify: true,
  });
  const externalUserId = world.customerAppears({ name: "扫码的人" });
  world.customerScansContactWay({ configId, externalUserId });
  count(ledger.steps, "contact half added");
}

/** Of the company, but with no orders: comes, and leaves. */
function bystander({ world, ledger }: Churn, dice: Dice): void {
  const userId = `bystander${dice.int(1, 3)}`;
  const known = world.state.staff.get(userId);
  if (known && !known.departed) world.staffLeaves({ userId });
  else world.staffJoins({ userId, name: "同事", role: "other" });
  count(ledger.steps, "bystander came or left");
}

/** Of which no page tells us, and perhaps no event either. */
function groupByHand(churn: Churn, dice: Dice): void {
  const { world, ledger, company } = churn;
  const userId = dice.pick(company.designers);
  const others = othersOf(churn, userId);
  if (others.length === 0) return;
  const chatId = world.staffCreatesChat({
    userId,
    groupName: `闲聊${ledger.byHand.length}`,
    externalUserIds: [dice.pick(others)],
  });
  ledger.byHand.push(chatId);
  count(ledger.steps, "group made by hand");
}

function groups(churn: Churn, dice: Dice): void {
  const { world, ledger, company, history } = churn;
  const { state } = world;
  const done = [...ledger.seen.values(), ...ledger.byHand];
  if (done.length === 0) return;
  // Much happens to few: events of one group get into each other's way.
  const chat = state.chats.get(
    dice.pick(dice.chance(0.5) ? done.slice(-4) : done),
  );
  if (!chat || chat.dismissed) return;
  const { chatId, owner } = chat;
  const kind = dice.next();
  const others = chat.members.filter((one) => one.id !== owner);
  const colleagues = others.filter((one) => one.type === 1);
  const former = history.formerOf(chatId)
    .filter((id) => state.staff.has(id));
  if (kind < 0.25) {
    const id = dice.pick(company.designers);
    const came = world.staffAddsMembers({
      chatId,
      userId: owner,
      userIds: [id],
    });
    count(ledger.steps, "member joined");
    if (came === 0 || !dice.chance(0.3)) return;
    // By mistake: no reading can see it.
    world.memberRemoved({ chatId, id });
    count(ledger.steps, "member came and went");
  } else if (kind < 0.35 && former.length > 0) {
    const userIds = [dice.pick(former)];
    world.staffAddsMembers({ chatId, userId: owner, userIds });
    count(ledger.steps, "member came back");
  } else if (kind < 0.55 && others.length > 0) {
    world.memberLeaves({ chatId, id: dice.pick(others).id });
    count(ledger.steps, "member left");
  } else if (kind < 0.65 && others.length > 0) {
    world.memberRemoved({ chatId, id: dice.pick(others).id });
    count(ledger.steps, "member removed");
  } else if (kind < 0.75 && colleagues.length > 0) {
    world.ownerChanged({ chatId, owner: dice.pick(colleagues).id });
    count(ledger.steps, "owner changed");
  } else if (kind < 0.8) {
    world.noticeChanged({ chatId, notice: `公告${dice.int(1, 999)}` });
    count(ledger.steps, "notice changed");
  } else if (kind < 0.85) {
    const name = `${chat.name.slice(0, 20)}·合`;
    const userIds = [dice.pick(company.designers)];
    world.chatChangedTogether({ chatId, userId: owner, name, userIds });
    count(ledger.steps, "rename and joins as one event");
  } else if (kind < 0.95) {
    world.chatRenamed({ chatId, name: `${chat.name.slice(0, 20)}·改` });
    count(ledger.steps, "group renamed");
  } else {
    world.chatDismissed({ chatId });
    count(ledger.steps, "group dismissed");
  }
}
