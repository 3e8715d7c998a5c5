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
  if (dice.chance(0.4)) contacts(churn, dice);
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
  if (kind < 0.8) {
    const remark = `备注${dice.int(1, 999)}`;
    world.staffEditsRemark({ userId, externalUserId, remark });
    return count(ledger.steps, "contact renamed");
  }
  world.staffEditsRemark({ userId, externalUserId, remarkMobiles: [] });
  return count(ledger.steps, "contact edited");
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
  } else if (kind < 0.95) {
    world.chatRenamed({ chatId, name: `${chat.name.slice(0, 20)}·改` });
    count(ledger.steps, "group renamed");
  } else {
    world.chatDismissed({ chatId });
    count(ledger.steps, "group dismissed");
  }
}
