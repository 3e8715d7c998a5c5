/**
 * What a person reads when nobody of theirs matches an order's customer: why that
 * may be, and the ways on, the most promising first. In words, since they depend on
 * who reads them, and since the phone need not load what the server knows to say.
 * Only who has a customer as a contact can put them into a group (98429), so that a
 * colleague's customer is a reason of its own, and so is a code that was scanned and
 * waits to be confirmed in WeCom (92130, `add_half_external_contact`).
 */
import type { MatchTold, MatchView, Way } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import { type Actor, isOnOrder } from "../staff/actor.ts";
import type { Unmatched } from "./several.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { FreshMatch } from "./contacts.ts";

export interface Reader {
  order: Told;
  actor: Pick<Actor, "wxUserId">;
  /** Milliseconds since the epoch. */
  at: number;
}

type Told = Pick<
  Order,
  | "phoneHashes"
  | "sharedHashes"
  | "designerWxUserId"
  | "designerName"
  | "projectManagerWxUserId"
  | "projectManagerName"
>;

interface Miss extends Pick<FreshMatch, "half" | "followers" | "syncedAt"> {
  suggestions: readonly unknown[];
}

export function tellMatch(
  match: Miss & {
    status: MatchView["status"];
    candidates: readonly unknown[];
  },
  reader: Reader,
): MatchTold {
  const { status, candidates: { length } } = match;
  if (status === "none") return tellMiss(match, reader);
  const { designerName, projectManagerName } = reader.order;
  const staff = [...new Set([designerName, projectManagerName])].filter(
    Boolean,
  );
  return {
    title: status === "matched"
      ? "企业微信里的客户"
      : length === 1
      ? "可能是这位客户，请您确认"
      : `${length} 位联系人都对得上，请选一位`,
    text: `进群：${staff.join("、")}和` +
      (status === "matched" && length > 1 ? ` ${length} 位客户` : "客户"),
    ways: [],
  };
}

export function tellMiss(match: Miss, reader: Reader): MatchTold {
  const { order, actor } = reader;
  return {
    ...reasonOf(match, reader),
    ways: [...waysOf(match, order, isOnOrder(actor, order))],
  };
}

type Said = Pick<MatchTold, "title" | "text">;

function reasonOf(
  { half, followers, suggestions, syncedAt }: Miss,
  { order, actor, at }: Reader,
): Said {
  if (half) {
    return {
      title: "客户扫过码了，等您通过",
      text: "在企业微信的「新的客户」里点一下通过，这里会自动更新",
    };
  }
  const [follower] = followers;
  if (follower) {
    return {
      title: `客户在${follower.name}的企业微信里`,
      text: `谁加了客户，谁才能建群。可以请${follower.name}来建`,
    };
  }
  if (suggestions.length > 0) {
    return {
      title: "可能加过，只是没写手机号",
      text: "下面的联系人和订单上的客户同名，您认一下",
    };
  }
  const { phoneHashes, sharedHashes } = order;
  if (phoneHashes.length === 0) {
    return {
      title: "订单里没有完整的手机号",
      text: "请从联系人里选，或者让客户扫码",
    };
  }
  if (phoneHashes.every((hash) => sharedHashes.includes(hash))) {
    return {
      title: "这个手机号认不出是谁",
      text: "很多联系人都写着它。请从联系人里选，或者让客户扫码",
    };
  }
  if (!isOnOrder(actor, order)) {
    return {
      title: "还没有同事加到这位客户",
      text: `${staffNames(order)}的联系人里，没有备注这个手机号的`,
    };
  }
  const hours = syncedAt === null
    ? 0
    : Math.floor((at - syncedAt.getTime()) / 3_600_000);
  return {
    title: "您还没有加这位客户",
    text: "您的联系人里，没有备注这个手机号的" +
      (hours > 0 ? `（${ageOf(hours)}前读取）` : ""),
  };
}

function* waysOf(
  { followers, syncedAt, half }: Miss,
  order: Told,
  own: boolean,
): Generator<Way> {
  const [follower] = followers;
  if (follower) {
    yield {
      id: "remind-colleague",
      title: `提醒${follower.name}建群`,
      text: "TA 会收到一条消息，点开就是这个订单",
    };
  }
  if (!half) {
    yield {
      id: "contact-code",
      title: own ? "让客户扫码" : `让客户扫${order.designerName}的码`,
      text: own ? "扫了就加上您，不用手机号" : "扫了就加上设计师，不用手机号",
    };
  }
  yield {
    id: "pick-contact",
    title: "从联系人里选",
    text: "加过，只是没写手机号",
  };
  if (own) {
    yield { id: "add-customer", title: "添加客户", text: "按手机号找到 TA" };
  }
  yield {
    id: "refresh-contacts",
    title: "刷新联系人",
    text: syncedAt === null ? "还没有读取过" : "刚加上，或者刚改过备注",
  };
}

/** Of a couple: who cannot be put in yet. */
export function tellWithout({ name, phone, why }: Unmatched): string {
  return `${name} ${phone} ` +
    (why === "absent"
      ? "还不是您的联系人，这次不会进群"
      : "对得上的联系人不止一位，这次不会进群");
}

const ageOf = (hours: number) =>
  hours < 48 ? `${hours} 小时` : `${Math.floor(hours / 24)} 天`;

function staffNames(order: Told): string {
  const { designerName, projectManagerName } = order;
  const same = isSameUser(
    order.designerWxUserId,
    order.projectManagerWxUserId ?? "",
  );
  return [designerName, same ? null : projectManagerName].filter(Boolean)
    .join("、");
}
