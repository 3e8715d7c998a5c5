/**
 * The real app on a port, the sandbox as WeCom, the real @wecom/jssdk in
 * Chromium: a person of the demo company holds the phone.
 */
import assert from "node:assert/strict";
import type {
  Browser,
  BrowserContextOptions,
  Locator,
  Page,
} from "../support/playwright.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { launch } from "./chromium.ts";

export interface Phone {
  page: Page;
  /** What the page must not do: errors on the console, broken content policy. */
  complaints: string[];
  goto(path: string): Promise<void>;
  /** An order of the demo company, by its number. */
  open(orderNo: string, query?: string): Promise<void>;
  id(testId: string): Locator;
  /** Waits until it is on the screen. */
  see(testId: string): Promise<Locator>;
  tap(testId: string): Promise<void>;
  /** One of several candidates, from 0, once the page is alive. */
  choose(index: number): Promise<void>;
  /** A button of the simulated client's own screen. */
  native(name: "confirm" | "cancel"): Promise<void>;
  text(): Promise<string>;
}

export interface Rig {
  app: TestApp;
  origin: string;
  /** A new browser profile in this person's hands. */
  phone(wxUserId: string, options?: BrowserContextOptions): Promise<Phone>;
}

export async function withRig(fn: (rig: Rig) => Promise<void>): Promise<void> {
  const late: { app?: TestApp } = {};
  const server = Deno.serve(
    { port: 0, hostname: "localhost", onListen: () => {} },
    (request) =>
      late.app?.handler(request) ?? new Response(null, { status: 503 }),
  );
  const origin = `http://localhost:${server.addr.port}`;
  try {
    await withApp({ origin }, async (app) => {
      late.app = app;
      // Two seconds of lag are real, but nobody learns from waiting for them.
      app.sandbox.world.settings.lagMs = 0;
      const browser = await launch();
      const phones: Phone[] = [];
      try {
        await fn({
          app,
          origin,
          phone: async (wxUserId, options) => {
            const phone = await pickUp(browser, origin, wxUserId, options);
            phones.push(phone);
            return phone;
          },
        });
        for (const { complaints } of phones) assert.deepEqual(complaints, []);
      } catch (error) {
        // A step that did not come in time is explained by what was there.
        const seen = await Promise.all(phones.map(describe));
        throw new Error(`The phones showed:\n${seen.join("\n")}`, {
          cause: error,
        });
      } finally {
        await browser.close();
      }
    });
  } finally {
    await server.shutdown();
  }
}

async function describe({ page, complaints }: Phone): Promise<string> {
  const shown = await page.locator("body").innerText({ timeout: 2_000 })
    .catch(String);
  return [page.url(), shown, ...complaints].join("\n");
}

async function pickUp(
  browser: Browser,
  origin: string,
  wxUserId: string,
  options: BrowserContextOptions = {},
): Promise<Phone> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    reducedMotion: "reduce",
    ...options,
  });
  // A bound, not a measure: the machine may be busy with other tests.
  context.setDefaultTimeout(30_000);
  await context.addCookies([
    { name: "sandbox_identity", value: wxUserId, url: origin },
  ]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    // Refused and cut requests are what many tests are about.
    if (message.type() === "error" && !text.startsWith("Failed to load")) {
      complaints.push(text);
    }
  });
  const id = (testId: string) => page.getByTestId(testId);
  const phone: Phone = {
    page,
    complaints,
    goto: async (path) => void await page.goto(origin + path),
    open: (orderNo, query = "") =>
      phone.goto(`/orders/demo-${orderNo.toLowerCase()}/group${query}`),
    id,
    see: async (testId) => {
      await id(testId).waitFor();
      return id(testId);
    },
    tap: (testId) => id(testId).click(),
    choose: (index) => page.getByRole("radio").nth(index).check(),
    native: (name) => page.locator(`[data-sandbox="${name}"]`).click(),
    text: () => page.locator("main").innerText(),
  };
  return phone;
}

/** Our server is not reached any more, but for `flowId`. */
export async function cutOff(page: Page, flowId: string): Promise<void> {
  await page.route("**/api/runFlow", async (route) => {
    const reached = route.request().postData()?.includes(`"${flowId}"`);
    await (reached ? route.continue() : route.abort());
  });
}

/** From the live button to the client's own screen. */
export async function askClient(phone: Phone): Promise<void> {
  await phone.tap("create-group");
  await phone.tap("confirm-create");
}
