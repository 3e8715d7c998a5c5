/**
 * Every state of every page, and how a person gets there: what `axe-core` looks at
 * (`accessibility_test.ts`), and what `deno task screens` photographs and compares
 * with what was accepted. A walk is one company from its start; the states follow
 * each other. What pages show of chance and of the time is covered for a picture.
 */
import type { Phone } from "./rig.ts";
import { BESIDE } from "./order_walk.ts";
import { SIDEBAR } from "./sidebar_walk.ts";
import { enabled, type Shown, type Walk } from "./walk.ts";

export type { Shown, Walk };

const at = (path: string): Shown["reach"] => (phone) => phone.goto(path);

const SIGNED_OUT: Walk = {
  name: "who is not let in",
  as: "external:nobody",
  states: [
    { name: "identity-none", reach: at("/auth/login?next=/") },
    {
      name: "login-customer",
      reach: async (phone, { app }) => {
        const [customer] = app.sandbox.world.state.customers.keys();
        await sitDown(phone, `external:${customer}`);
        await phone.goto("/auth/login?next=/");
      },
    },
    {
      name: "login-departed",
      reach: async (phone) => {
        await sitDown(phone, "wupeng");
        await phone.goto("/auth/login?next=/");
      },
    },
    { name: "login-callback-made-up", reach: at("/auth/callback?code=x") },
  ],
};

const LISTS: Walk = {
  name: "lists and problems",
  as: "chenjing",
  states: [
    { name: "orders-mine", reach: at("/") },
    { name: "orders-with-group-none", reach: at("/?state=with_group") },
    { name: "orders-found", reach: at("/?query=%E7%8E%8B") },
    { name: "orders-not-found", reach: at("/?query=nobody") },
    {
      name: "orders-end",
      top: ".orders li:nth-last-child(6)",
      reach: at("/?state=all&rows=40"),
    },
    { name: "problem-not-found", reach: at("/nothing-here") },
    { name: "problem-order-not-found", reach: at("/orders/none/group") },
    {
      name: "problem-order-forbidden",
      reach: (phone) => phone.open("JA2611001"),
    },
    { name: "problem-admins-only", reach: at("/admin/settings") },
  ],
};

const ADMIN: Walk = {
  name: "an admin's pages",
  as: "linxiao",
  states: [
    { name: "orders-all", reach: at("/") },
    {
      name: "doctor",
      // What is found differs in its times and addresses.
      covered: [".doctor p", "pre"],
      reach: async (phone) => {
        await phone.goto("/admin/doctor");
        await phone.see("doctor-mode");
      },
    },
    { name: "settings", reach: at("/admin/settings") },
    {
      name: "settings-refused",
      reach: async (phone) => {
        await phone.goto("/admin/settings");
        await phone.page.locator("#welcome").fill("{nobody}");
        await phone.page.getByRole("button", { name: "保存" }).click();
        await phone.page.getByText("没有保存").waitFor();
      },
    },
    {
      name: "settings-saved",
      covered: ["[id$=-hint] small + small"],
      reach: async (phone) => {
        await phone.goto("/admin/settings");
        await phone.page.locator("#reminders").click();
        await phone.page.getByRole("button", { name: "保存" }).click();
        await phone.see("settings-saved");
      },
    },
  ],
};

const SANDBOX: Walk = {
  name: "the sandbox",
  as: "chenjing",
  states: [
    { name: "sandbox-identities", reach: at("/sandbox/choose") },
    { name: "sandbox-console", reach: at("/sandbox/console") },
    {
      name: "sandbox-console-opened",
      covered: [
        "#calls td",
        "#calls .hint",
        "#chats summary small",
        "#chats code",
        "#chats .avatar",
      ],
      top: "#chats",
      reach: async (phone, { app: { sandbox: { world } } }) => {
        const [chat] = world.state.chats.keys();
        if (chat) world.chatDismissed({ chatId: chat });
        world.staffLeaves({ userId: "hejun" });
        world.faults.add({ endpoint: "*", kind: { type: "slow", ms: 5000 } });
        await phone.goto("/sandbox/console?said=done");
        await phone.page.evaluate(() => {
          for (const one of document.querySelectorAll("details")) {
            one.open = true;
          }
        });
      },
    },
    {
      name: "sandbox-reset-refused",
      reach: async (phone, { app }) => {
        app.sandbox.world.faults.clear();
        await phone.goto("/sandbox/console?said=busy");
      },
    },
    { name: "sandbox-messages-none", reach: at("/sandbox/messages") },
    {
      name: "sandbox-messages",
      covered: ["[data-testid=message] .hint"],
      reach: async (phone, { app }) => {
        const orderId = "demo-xh2611001";
        await app.as("chenjing").flow("customer.match", { orderId });
        await app.as("wangqiang").flow("order.remind", { orderId });
        await phone.goto("/sandbox/messages");
        await phone.see("message");
      },
    },
    {
      name: "sandbox-scan",
      covered: ["img"],
      reach: async (phone, { app }) => {
        const orderId = "demo-xh2611015";
        await app.as("chenjing").flow("customer.code", { orderId });
        const [id] = app.sandbox.world.state.ways.keys();
        await phone.goto(`/sandbox/scan/${id}`);
      },
    },
    { name: "sandbox-scan-gone", reach: at("/sandbox/scan/none") },
    { name: "sandbox-not-found", reach: at("/sandbox/nothing") },
  ],
};

const ORDER: Walk = {
  name: "an order from the match to its group",
  as: "chenjing",
  states: [
    {
      name: "order-matched",
      reach: async (phone) => {
        await phone.open("XH2611001");
        await enabled(phone, "create-group");
      },
    },
    {
      name: "order-sheet",
      reach: async (phone) => {
        await phone.tap("create-group");
        await enabled(phone, "confirm-create");
      },
    },
    {
      name: "client-create",
      reach: async (phone) => {
        await phone.tap("confirm-create");
        await phone.page.locator('[data-sandbox="confirm"]').waitFor();
      },
    },
    {
      name: "order-done",
      covered: ["wecom-sandbox"],
      reach: async (phone) => {
        await phone.native("confirm");
        await phone.see("result-success");
      },
    },
    {
      name: "order-several-customers",
      reach: async (phone) => {
        await phone.open("XH2611012");
        await phone.page.locator("[data-testid^=candidate-]").first().waitFor();
      },
    },
    {
      name: "order-nobody-found",
      reach: async (phone) => {
        await phone.open("XH2611015");
        await enabled(phone, "pick-contact");
      },
    },
    {
      name: "order-old-client",
      reach: async (phone) => {
        await phone.open("XH2611002", "?client=old");
        await phone.see("error-CLIENT_TOO_OLD");
      },
    },
    {
      name: "order-outside",
      covered: [".link"],
      reach: async (phone) => {
        await phone.open("XH2611002", "?client=none");
        await phone.see("not-in-wecom");
      },
    },
  ],
};

export const WALKS: readonly Walk[] = [
  SIGNED_OUT,
  LISTS,
  ADMIN,
  SANDBOX,
  ORDER,
  BESIDE,
  SIDEBAR,
];

/** Another person takes the phone. */
async function sitDown({ page }: Phone, who: string): Promise<void> {
  const { origin } = new URL(page.url());
  const value = encodeURIComponent(who);
  await page.context().addCookies([
    { name: "sandbox_identity", value, url: origin },
  ]);
}
