/**
 * What a person reads of an order's group: who belongs into it and is not in it,
 * why, and who can help. In words, since it depends on who reads it, and since the
 * phone need not load what the server knows to say.
 */
import type { GroupTold, GroupView, MissingMember } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import type { NextOrder } from "../orders/waiting.ts";
import { welcomeFor } from "../settings/definitions.ts";
import type { SettingValues } from "../settings/definitions.ts";
import { staffOf } from "../staff/actor.ts";
import { nameOn, roleOn } from "../orders/staff_words.ts";
import { isSameUser } from "../staff/user_id.ts";
import { chatName } from "../ui/names.ts";

type Shown = Omit<GroupView, "told">;

/** Of an order, what is told of it. */
type Told = Pick<
  Order,
  | "designerWxUserId"
  | "designerName"
  | "projectManagerWxUserId"
  | "projectManagerName"
  | "customerName"
  | "storeName"
>;

/** More customers than the order has are others who joined. */
const MOST_CUSTOMERS = 5;

export function tellGroup(
  group: Shown,
  order: Told,
  viewer: string,
  { welcome, next }: Pick<SettingValues, "welcome"> & {
    next: NextOrder | null;
  },
): GroupTold {
  const { groupName, members, missing = [], customerJoined } = group;
  const isViewer = (one: { memberId: string }) =>
    isSameUser(one.memberId, viewer);
  const outside = missing.some(isViewer) ||
    members.length > 0 && !members.some(isViewer);
  const staff = missing.filter(({ kind }) => kind === "staff");
  const customer = customerJoined
    ? "，客户已进群"
    // Who exactly, and why, is told below.
    : staff.length === missing.length
    ? "，客户还没有进群"
    : "";
  return {
    title: missing.length ? "群已建好，还有人没进群" : "客户群已建好",
    text: `「${chatName(groupName)}」，${members.length} 人${customer}`,
    notes: [...notes(group, order, isViewer, outside)],
    outside,
    people: peopleOf(group, order),
    ...!outside && { welcome: welcomeFor({ welcome }, order) },
    ...next && { next },
  };
}

/** Those of the order, in the order in which they are told everywhere. */
function peopleOf(
  { members, missing = [] }: Shown,
  order: Told,
): GroupTold["people"] {
  const isHere = (id: string) =>
    members.some((one) => isSameUser(one.memberId, id));
  const staff = staffOf(order).map((id) => ({
    name: nameOn(order, id),
    role: roleOn(order, id),
    here: isHere(id),
  }));
  const role = "客户";
  const absent = missing.filter(({ kind }) => kind === "customer")
    .map(({ name }) => ({ name, role, here: false }));
  const present = members.filter(({ type }) => type === "customer")
    .slice(0, MOST_CUSTOMERS)
    .map(({ name }) => ({ name, role, here: true }));
  return [...staff, ...present, ...absent];
}

function* notes(
  group: Shown,
  order: Told,
  isViewer: (one: MissingMember) => boolean,
  outside: boolean,
): Generator<string> {
  const { missing = [] } = group;
  const helper = helperOf(group);
  const own = missing.filter(isViewer);
  const others = missing.filter((one) => !isViewer(one));
  for (const { reason } of own) {
    const state = reason === "left" ? "已经退群" : "还不在群里";
    yield `您${state}，请让${helper}把您拉进群`;
  }
  for (const one of others) yield lack(one, order, outside);
  const colleagues = others.filter(({ kind }) => kind === "staff")
    .map(({ name }) => name).join("、");
  if (outside && colleagues) {
    yield `请让${helper}打开这个订单，把${colleagues}拉进群`;
  }
}

function lack(
  { memberId, name, kind, reason }: MissingMember,
  order: Told,
  outside: boolean,
): string {
  const left = reason === "left" && "已经退群";
  if (kind === "customer") {
    return `客户${name}${left || "还没有进群"}${
      outside ? "" : "，请打开群再邀请一次"
    }`;
  }
  return roleOn(order, memberId) + name + (left ||
    (reason === "changed_on_order"
      ? "是建群以后定的，还不在群里"
      : "还没有进群"));
}

/** Who left the company cannot help; whoever else is in the group can. */
function helperOf({ owner, ownerStatus, members }: Shown): string {
  const gone = ownerStatus === "owner_left" || ownerStatus === "transferring";
  const other = members.find((one) =>
    one.type === "staff" && !isSameUser(one.memberId, owner?.wxUserId ?? "")
  );
  return (gone ? other : owner)?.name ?? "群里的同事";
}
