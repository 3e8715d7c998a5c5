/**
 * An order as people see it: the number masked, and how things stand with the
 * group.
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { OrderView } from "../flows/schemas.ts";
import { maskPhone } from "../contacts/phone.ts";
import { type Situation, situationOf } from "../groups/situation.ts";
import { customersIn, openOrderNumber } from "./number.ts";
import type { Order } from "./order.ts";

export interface OrderViews {
  one(order: Order): Promise<OrderView>;
  /** Of who knows already how things stand. */
  view(order: Order, situation: Situation): OrderView;
}

export function createOrderViews({ sql, vault, now }: {
  sql: Sql;
  vault: Vault;
  now: () => number;
}): OrderViews {
  function view(order: Order, situation: Situation): OrderView {
    return {
      orderId: order.orderId,
      orderNo: order.orderNo,
      designerWxUserId: order.designerWxUserId,
      designerName: order.designerName,
      projectManagerWxUserId: order.projectManagerWxUserId,
      projectManagerName: order.projectManagerName,
      customerName: order.customerName,
      customerPhone: maskPhone(openOrderNumber(vault, order)),
      ...(order.furtherSealed !== "" && { customers: viewCustomers(order) }),
      storeName: order.storeName,
      createdAt: order.createdAt.toISOString(),
      group: groupIn(situation),
    };
  }

  function viewCustomers(order: Order): OrderView["customers"] {
    return customersIn(vault, order).map(({ name, phone }) => ({
      name,
      phone: maskPhone(phone),
    }));
  }

  return {
    view,
    one: async (order) =>
      view(order, await situationOf(sql, order.orderId, now())),
  };
}

/** The group itself, or the creation that is under way. */
function groupIn(situation: Situation): OrderView["group"] {
  switch (situation.kind) {
    case "active":
    case "dismissed": {
      const { chat: { chatId, name }, kind } = situation;
      return { chatId, groupName: name, status: kind };
    }
    case "prepared":
    case "launched":
      return underWay(situation.intent, "pending");
    case "searching":
      return underWay(situation.intent, "searching");
    case "question": {
      const { intent, open, chat } = situation;
      if (open) {
        return underWay(
          intent,
          intent.state === "searching" ? "searching" : "pending",
        );
      }
      return chat &&
        { chatId: chat.chatId, groupName: chat.name, status: "dismissed" };
    }
    case "none":
    case "ended":
      return null;
  }
}

function underWay(
  { groupName }: { groupName: string },
  status: "pending" | "searching",
): OrderView["group"] {
  return { chatId: null, groupName, status };
}
