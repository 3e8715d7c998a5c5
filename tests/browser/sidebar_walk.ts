/** The states of the page beside a chat, and where it is opened. */
import assert from "node:assert/strict";
import type { TestApp } from "../support/app.ts";
import type { Phone } from "./rig.ts";
import type { Shown, Walk } from "./walk.ts";

/** chenjing's contact with the number of order XH2611001. */
export function customerOf({ sandbox }: TestApp): string {
  const follows = sandbox.world.state.follows.get("chenjing")?.values() ?? [];
  const found = [...follows].find((one) =>
    one.remarkMobiles.some((mobile) =>
      mobile.replace(/\D/g, "").endsWith("13800010001")
    )
  );
  assert.ok(found);
  return found.externalUserId;
}

export const beside = (
  kind: "customer" | "group",
  id: string,
  query = "",
): string => `/sidebar?in=${encodeURIComponent(`${kind}:${id}`)}${query}`;

/** Groups by their names, made by the first state that needs them. */
function groupOf(
  { sandbox: { world } }: TestApp,
  groupName: string,
  owner: string,
  customer: string,
): string {
  const made = [...world.state.chats.values()]
    .find((chat) => chat.name === groupName);
  const userIds = ["chenjing", "wangqiang"];
  return made?.chatId ?? world.staffCreatesChat({
    userId: owner,
    groupName,
    userIds,
    externalUserIds: [customer],
  });
}

const HAND_MADE = "王先生家装修群";

const besideGroup =
  (wanted: string): Shown["reach"] => async (phone, { app }) => {
    const chatId = groupOf(app, HAND_MADE, "chenjing", customerOf(app));
    await phone.goto(beside("group", chatId));
    await phone.see(wanted);
  };

async function besideStranger(phone: Phone, app: TestApp): Promise<void> {
  const { world } = app.sandbox;
  const externalUserId = world.customerAppears({ name: "何先生与何太太" });
  world.staffAddsContact({ userId: "chenjing", externalUserId });
  await phone.goto(beside("customer", externalUserId));
  await phone.see("sidebar-empty");
}

/** A colleague's group, of which chenjing is a member. */
async function besideColleagues(phone: Phone, app: TestApp): Promise<void> {
  const { world } = app.sandbox;
  const customer = world.customerAppears({ name: "梁太太" });
  world.staffAddsContact({ userId: "wangqiang", externalUserId: customer });
  const chatId = groupOf(app, "王强建的群", "wangqiang", customer);
  await phone.goto(beside("group", chatId));
  await phone.see("sidebar-free");
}

export const SIDEBAR: Walk = {
  name: "beside a chat",
  as: "chenjing",
  states: [
    {
      name: "sidebar-elsewhere",
      reach: async (phone) => {
        await phone.goto("/sidebar");
        await phone.see("sidebar-elsewhere");
      },
    },
    {
      name: "sidebar-customer",
      reach: async (phone, { app }) => {
        await phone.goto(beside("customer", customerOf(app)));
        await phone.see("sidebar-order");
      },
    },
    {
      name: "sidebar-customer-none",
      reach: (phone, { app }) => besideStranger(phone, app),
    },
    {
      name: "sidebar-not-reached",
      reach: async (phone) => {
        await phone.page.route("**/api/runFlow", (route) => route.abort());
        await phone.page.reload();
        await phone.see("error-NETWORK_LOST");
        await phone.page.unroute("**/api/runFlow");
      },
    },
    {
      name: "sidebar-group-of-colleague",
      reach: (phone, { app }) => besideColleagues(phone, app),
    },
    { name: "sidebar-group-free", reach: besideGroup("sidebar-free") },
    {
      name: "sidebar-group-search",
      reach: async (phone) => {
        await phone.id("search").fill("XH2611015");
        await phone.page.keyboard.press("Enter");
        await phone.see("choose-demo-xh2611015");
      },
    },
    {
      name: "sidebar-group-whose",
      reach: async (phone) => {
        await phone.tap("choose-demo-xh2611015");
        await phone.see("link-confirm");
      },
    },
    {
      name: "sidebar-group-confirm",
      reach: async (phone) => {
        await phone.tap("link-cancel");
        await phone.tap("choose-demo-xh2611001");
        await phone.see("link-confirm");
      },
    },
    {
      name: "sidebar-group-linked",
      reach: async (phone) => {
        await phone.tap("link-existing");
        await phone.see("welcome");
      },
    },
    {
      name: "sidebar-welcome-refused",
      reach: async (phone, { app }) => {
        app.sandbox.world.settings.clientOutcome = "refuse";
        await phone.tap("send-welcome");
        await phone.see("error-NO_CUSTOMER_CONTACT_PERMISSION");
        app.sandbox.world.settings.clientOutcome = "normal";
      },
    },
    {
      name: "sidebar-old-client",
      reach: async (phone) => {
        await phone.goto("/sidebar?client=old");
        await phone.see("error-CLIENT_TOO_OLD");
      },
    },
  ],
};
