/** Orders, as rows of a list and beside a chat. */
import { z } from "zod";
import { GroupStatus, Person, Time } from "./common.ts";

export const OrderView = z.object({
  orderId: z.string(),
  orderNo: z.string(),
  designerWxUserId: z.string(),
  designerName: z.string(),
  projectManagerWxUserId: z.string().nullable(),
  projectManagerName: z.string().nullable(),
  customerName: z.string(),
  customerPhone: z.string().describe("masked: 138****8000"),
  customers: z.array(z.object({
    name: z.string(),
    phone: z.string().describe("masked"),
  })).optional()
    .describe("all of them, the first one first; absent where there is one"),
  storeName: z.string().nullable(),
  createdAt: Time,
  group: z.object({
    chatId: z.string().nullable(),
    groupName: z.string(),
    status: GroupStatus,
  }).nullable(),
});
export type OrderView = z.infer<typeof OrderView>;

export const MatchState = z.enum(["matched", "ambiguous", "none", "unknown"])
  .describe("unknown: this person's contacts were not read yet");

export const BADGES = [
  "created",
  "customer_missing",
  "under_way",
  "linkable",
  "can_create",
  "to_choose",
  "to_add",
  "dismissed",
  "unknown",
] as const;

export const OrderBadge = z.object({
  kind: z.enum(BADGES).describe(
    "unknown: the contacts of the order's people were not read yet",
  ),
  by: Person.nullable()
    .describe("the colleague who can go on, or who does; null: nobody else"),
});
export type OrderBadge = z.infer<typeof OrderBadge>;

export const OrderRow = OrderView.extend({
  matchState: MatchState.describe("against the contacts of who asks"),
  badge: OrderBadge.describe("how far the order is, whoever asks"),
});
export type OrderRow = z.infer<typeof OrderRow>;

export const OrderBeside = OrderRow.extend({
  sure: z.boolean().describe(
    "false: it may be another customer's, so a person looks first",
  ),
});
export type OrderBeside = z.infer<typeof OrderBeside>;

export const CustomerBeside = z.object({
  name: z.string().describe("as the person calls this contact"),
  orders: z.array(OrderBeside),
  more: z.boolean().describe("there are others in the list"),
});
export type CustomerBeside = z.infer<typeof CustomerBeside>;

export const GroupBeside = z.object({
  chatId: z.string(),
  groupName: z.string().describe("in words where it has none"),
  state: z.enum(["linked", "free", "taken"]).describe(
    "linked: it is the group of an order that the person may open; taken: of another",
  ),
  owner: Person,
  mayLink: z.boolean()
    .describe("only who owns a group can make it an order's"),
  customers: z.array(z.object({
    externalUserId: z.string(),
    name: z.string(),
    mine: z.boolean().describe("a contact of who asks"),
  })),
  order: OrderBeside.nullable().describe("whose group it is"),
  welcome: z.string().nullable()
    .describe("the company's text for this order's customer"),
  choices: z.array(OrderBeside)
    .describe("orders without a group, whose customer is in this one"),
});
export type GroupBeside = z.infer<typeof GroupBeside>;

const OrderCount = z.object({
  count: z.number().int(),
  more: z.boolean().describe("there may be more: only the newest are counted"),
});
export type OrderCount = z.infer<typeof OrderCount>;

export const OrderList = z.object({
  orders: z.array(OrderRow),
  nextCursor: z.string().nullable(),
  counts: z.object({
    all: OrderCount,
    withGroup: OrderCount,
    withoutGroup: OrderCount,
  }).optional().describe("of the whole list, whatever is looked for in it"),
});
export type OrderList = z.infer<typeof OrderList>;
