/** States of an order's page beside the straight way: see `walks.ts`. */
import { enabled, type Walk } from "./walk.ts";

export const BESIDE: Walk = {
  name: "an order beside the straight way",
  as: "chenjing",
  states: [
    {
      name: "order-colleague",
      reach: async (phone) => {
        await phone.open("XH2611017");
        await enabled(phone, "remind-colleague");
      },
    },
    {
      name: "order-reminded",
      reach: async (phone) => {
        await phone.tap("remind-colleague");
        await phone.page.getByText("已提醒").waitFor();
      },
    },
    {
      name: "order-code",
      covered: ["figure img"],
      reach: async (phone) => {
        await phone.open("XH2611015");
        await phone.tap("contact-code");
        await phone.page.locator("figure img").waitFor();
      },
    },
    {
      name: "order-same-name",
      reach: async (phone) => {
        await phone.open("XH2611014");
        await enabled(phone, "pick-contact");
      },
    },
    {
      name: "order-pick",
      reach: async (phone) => {
        await phone.page.locator("[data-testid^=suggestion-]").first().click();
        await phone.see("pick-sheet");
      },
    },
    {
      name: "order-existing",
      reach: async (phone) => {
        await phone.open("XH2611023");
        await phone.tap("create-group");
        await phone.see("link-existing");
      },
    },
    {
      name: "order-client-refused",
      reach: async (phone, { app: { sandbox: { world } } }) => {
        world.settings.clientOutcome = "refuse";
        await phone.open("XH2611002");
        await phone.tap("create-group");
        await phone.tap("confirm-create");
        await phone.see("copy-for-admin");
        world.settings.clientOutcome = "normal";
      },
    },
    {
      name: "order-unfinished",
      reach: async (phone) => {
        await phone.page.evaluate(() => localStorage.clear());
        await phone.page.reload();
        await enabled(phone, "resume-create");
      },
    },
  ],
};
