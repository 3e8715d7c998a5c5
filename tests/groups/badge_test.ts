/** What the list says of an order, situation by situation, and by whom. */
import assert from "node:assert/strict";
import {
  badgeOf,
  type ListedCustomer,
  type Standing,
} from "../../lib/groups/badge.ts";
import type { Situation } from "../../lib/groups/situation.ts";
import type { Order } from "../../lib/orders/order.ts";
import { userKey } from "../../lib/staff/user_id.ts";
import { prepare, withStubbedApp } from "../support/company.ts";

const ORDER: Order = {
  orderId: "O1",
  orderNo: "1",
  customerName: "王女士",
  phoneSealed: "",
  phoneHashes: [],
  sharedHashes: [],
  phonePlaces: [],
  furtherSealed: "",
  designerWxUserId: "D1",
  designerName: "陈设计",
  projectManagerWxUserId: "p1",
  projectManagerName: "吴经理",
  storeName: null,
  stage: null,
  createdAt: new Date(0),
};

/** A contact of these people, in groups that these own. */
function customer(
  followers: string,
  owners = "",
  over: Partial<ListedCustomer> = {},
): ListedCustomer {
  const keys = (text: string) => text.split(" ").filter(Boolean).map(userKey);
  return {
    externalUserId: "wm1",
    source: null,
    decidedAt: null,
    sure: true,
    scanned: false,
    followerKeys: keys(followers),
    ownerKeys: keys(owners),
    ...over,
  };
}

const other = (followers: string) =>
  customer(followers, "", { externalUserId: "wm2" });
const stay = (memberId: string, present: boolean) => ({ memberId, present });
const NONE = { kind: "none" } as Situation;
const ACTIVE = { kind: "active" } as Situation;
const DISMISSED = { kind: "dismissed" } as Situation;
const by = (kind: string, createdBy: string, open?: boolean) =>
  ({ kind, open, intent: { createdBy } }) as Situation;

interface Case {
  situation?: Situation;
  customers?: ListedCustomer[];
  stays?: Standing["stays"];
  viewer?: string;
  read?: string[];
  departed?: string[];
}

const TABLE: [name: string, given: Case, badge: string][] = [
  ["nobody was read", {}, "unknown"],
  ["the designer was read", { read: ["d1"] }, "to_add"],
  ["only the operator was read", { viewer: "op", read: ["op"] }, "unknown"],
  ["only who has left was read", {
    read: ["p1"],
    departed: ["p1"],
  }, "unknown"],
  [
    "the viewer has the customer",
    { customers: [customer("d1")] },
    "can_create",
  ],
  ["a colleague has the customer", {
    customers: [customer("p1")],
    read: ["d1"],
  }, "can_create 吴经理"],
  ["the designer has the customer, an operator looks", {
    viewer: "op",
    customers: [customer("d1 p1")],
  }, "can_create 陈设计"],
  ["the operator has the customer", {
    viewer: "op",
    customers: [customer("op")],
  }, "can_create"],
  ["only who has left has the customer", {
    customers: [customer("p1")],
    departed: ["p1"],
    read: ["d1"],
  }, "to_add"],
  ["somebody else has the customer", {
    customers: [customer("d2")],
    read: ["d1"],
  }, "to_add"],
  ["the viewer has two", {
    customers: [customer("d1"), other("d1")],
  }, "to_choose"],
  ["a shared number", {
    customers: [customer("d1", "", { sure: false })],
  }, "to_choose"],
  ["the viewer's own hand-made group", {
    customers: [customer("d1", "d1")],
  }, "linkable"],
  ["a colleague's hand-made group", {
    customers: [customer("d1", "p1")],
  }, "linkable 吴经理"],
  ["a stranger's hand-made group", {
    customers: [customer("d1", "d2")],
  }, "can_create"],
  ["a hand-made group with somebody who has a shared number", {
    customers: [customer("d1", "d1", { sure: false })],
  }, "to_choose"],
  ["the viewer creates", { situation: by("launched", "d1") }, "under_way"],
  ["a colleague creates", {
    situation: by("searching", "P1"),
  }, "under_way 吴经理"],
  ["an operator creates", { situation: by("searching", "op") }, "under_way"],
  ["a question while a creation is open", {
    situation: by("question", "p1", true),
  }, "under_way 吴经理"],
  ["a question", { situation: by("question", "p1", false) }, "linkable"],
  ["a group with the customer", {
    situation: ACTIVE,
    customers: [customer("d1")],
    stays: [stay("wm1", true)],
  }, "created"],
  ["a group that the customer has left", {
    situation: ACTIVE,
    customers: [customer("d1")],
    stays: [stay("wm1", false)],
  }, "customer_missing"],
  ["a group with somebody, when nobody knows the customer", {
    situation: ACTIVE,
    stays: [stay("wm9", true)],
  }, "created"],
  ["a group without anybody", { situation: ACTIVE }, "customer_missing"],
  ["a group that was dissolved", {
    situation: DISMISSED,
    customers: [customer("d1")],
  }, "dismissed"],
  ["a dissolved group, and a hand-made one", {
    situation: DISMISSED,
    customers: [customer("d1", "d1")],
  }, "linkable"],
];

for (const [name, given, wanted] of TABLE) {
  Deno.test(`The badge of an order: ${name}`, () => {
    const { viewer = "d1", situation = NONE } = given;
    const badge = badgeOf({
      order: ORDER,
      situation,
      customers: given.customers ?? [],
      stays: given.stays ?? [],
    }, {
      viewerKey: userKey(viewer),
      read: new Set(given.read?.map(userKey)),
      departed: new Set(given.departed?.map(userKey)),
    });
    assert.equal(
      [badge.kind, badge.by?.name].filter(Boolean).join(" "),
      wanted,
    );
  });
}

Deno.test("The list tells each person how far the order is, and asks WeCom for nothing", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { sql } = app.services;
    const badge = async (as: string) => {
      const { data } = await app.as(as).flow("orders.list", {});
      const [first] = data.orders as {
        badge: { kind: string; by: { name: string } | null };
        matchState: string;
      }[];
      assert.ok(first);
      const { kind, by } = first.badge;
      return `${kind} ${by?.name ?? ""} ${first.matchState}`;
    };
    assert.equal(await badge("d1"), "unknown  unknown");
    await app.as("d1").flow("customer.match", { orderId: "O1" });
    const asked = stub.calls.length;
    assert.equal(await badge("d1"), "can_create  matched");
    assert.equal(await badge("p1"), "can_create 陈设计 unknown");
    const at = new Date();
    await sql`
      insert into chat (chat_id, name, owner, created_at, synced_at)
      values ('wr1', '', 'D1', ${at}, ${at})`;
    await sql`
      insert into chat_member (chat_id, member_id, type, name, joined_at,
        join_scene)
      values ('wr1', 'wm1', 'external', '', ${at}, '1')`;
    assert.equal(await badge("d1"), "linkable  matched");
    assert.equal(await badge("p1"), "linkable 陈设计 unknown");
    await sql`update chat set order_id = 'O1' where chat_id = 'wr1'`;
    assert.equal(await badge("p1"), "created  unknown");
    await sql`update chat_member set left_at = ${at}`;
    assert.equal(await badge("p1"), "customer_missing  unknown");
    assert.equal(stub.calls.length, asked);
    await sql`update chat set dismissed_at = ${at}, order_id = null`;
    await prepare(app, "wm1");
    assert.equal(await badge("p1"), "under_way 陈设计 unknown");
  }));
