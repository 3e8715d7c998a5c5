/**
 * What the list says of an order in one word: how far it is, and who can go on.
 * It speaks of the order, whoever looks at it: a colleague who has the customer
 * is named, and a group that one of the order's people made by hand is told of.
 * Only the person who owns a group can link it, and only who has the customer as
 * a contact can create one (doc 98429).
 */
import {
  type Customer,
  matchAmong,
  type MatchStatus,
} from "../contacts/customers.ts";
import type { OrderBadge } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import { isSameUser, type UserKey, userKey } from "../staff/user_id.ts";
import { standingOfCustomers, type Stay } from "./missing.ts";
import type { Situation } from "./situation.ts";

/** Who may be the customer of an order, and who has to do with them. */
export interface ListedCustomer extends Customer {
  /** Of the people in question: whose contact it is. */
  followerKeys: readonly UserKey[];
  /** Who owns a group without an order that the customer is in. */
  ownerKeys: readonly UserKey[];
}

export interface Standing {
  order: Order;
  situation: Situation;
  customers: readonly ListedCustomer[];
  /** Of customers, in the order's group. */
  stays: readonly Pick<Stay, "memberId" | "present">[];
}

/** What holds for the whole list. */
export interface People {
  viewerKey: UserKey;
  /** Whose contacts were read completely. */
  read: ReadonlySet<UserKey>;
  departed: ReadonlySet<UserKey>;
}

export function badgeOf(standing: Standing, people: People): OrderBadge {
  const { situation, order } = standing;
  switch (situation.kind) {
    case "active":
      return plain(isCustomerIn(standing) ? "created" : "customer_missing");
    case "question":
      if (!situation.open) return plain("linkable");
      /* falls through */
    case "prepared":
    case "launched":
    case "searching":
      return by(
        "under_way",
        order,
        userKey(situation.intent.createdBy),
        people,
      );
  }
  const own = staffOf(order).map(userKey);
  const present = own.filter((key) => !people.departed.has(key));
  const owner = present.find((key) =>
    standing.customers.some((one) => one.sure && one.ownerKeys.includes(key))
  );
  if (owner) return by("linkable", order, owner, people);
  if (situation.kind === "dismissed") return plain("dismissed");
  return withoutGroup(standing, people, present);
}

/** As `customer.match` would answer this person. */
export function matchOf(
  customers: readonly ListedCustomer[],
  key: UserKey,
): MatchStatus {
  const own = customers.filter((one) => one.followerKeys.includes(key));
  return matchAmong(own).status;
}

function withoutGroup(
  { order, customers }: Standing,
  people: People,
  present: readonly UserKey[],
): OrderBadge {
  const { viewerKey, read } = people;
  const mine = matchOf(customers, viewerKey);
  if (mine === "matched") return plain("can_create");
  if (mine === "ambiguous") return plain("to_choose");
  const able = present.find((key) => matchOf(customers, key) !== "none");
  if (able) return by("can_create", order, able, people);
  return plain(present.some((key) => read.has(key)) ? "to_add" : "unknown");
}

/** As `group.get` tells it. */
function isCustomerIn({ situation, customers, stays }: Standing): boolean {
  const known = customers.map((one) => ({ ...one, id: one.externalUserId }));
  const { ids, absent } = standingOfCustomers(known, stays, putInOf(situation));
  return ids.size === 0
    ? stays.some((stay) => stay.present)
    : absent.size === 0;
}

/** The customers whom the creation of the order's group put into it. */
function putInOf(situation: Situation): readonly string[] {
  if (situation.kind !== "active" || !situation.intent) return [];
  const { intent, chat } = situation;
  const made = intent.state === "bound" && intent.chatId === chat.chatId;
  return made ? intent.externalUserIds : [];
}

function plain(kind: OrderBadge["kind"]): OrderBadge {
  return { kind, by: null };
}

/** Named when it is a colleague on the order. */
function by(
  kind: OrderBadge["kind"],
  order: Order,
  key: UserKey,
  { viewerKey }: People,
): OrderBadge {
  const { designerWxUserId, designerName } = order;
  const { projectManagerWxUserId, projectManagerName } = order;
  if (key === viewerKey) return plain(kind);
  if (isSameUser(designerWxUserId, key)) {
    return { kind, by: { wxUserId: designerWxUserId, name: designerName } };
  }
  if (projectManagerWxUserId && isSameUser(projectManagerWxUserId, key)) {
    const name = projectManagerName ?? projectManagerWxUserId;
    return { kind, by: { wxUserId: projectManagerWxUserId, name } };
  }
  return plain(kind);
}
