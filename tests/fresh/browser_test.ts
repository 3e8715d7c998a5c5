/**
 * Islands in a real browser: they wake up, keep what the server gave them, and
 * nothing breaks the Content-Security-Policy.
 */
import assert from "node:assert/strict";
import type { Browser, Page } from "../support/playwright.ts";
import { launch } from "../browser/chromium.ts";
import { handler } from "./fixture.ts";
import { describe, values } from "./fixture/values.ts";

let browser: Browser;
let server: Deno.HttpServer<Deno.NetAddr>;

Deno.test.beforeAll(async () => {
  server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    handler,
  );
  browser = await launch();
});

Deno.test.afterAll(async () => {
  await browser.close();
  await server.shutdown();
});

/** Opens a page, runs `fn` on it, and fails on anything the browser complains about. */
async function visit(
  path: string,
  fn: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      throw new Error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  try {
    await page.goto(`http://127.0.0.1:${server.addr.port}${path}`);
    await fn(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

/** Waits until the element says so; fails with what it says instead. */
async function says(page: Page, selector: string, text: string): Promise<void> {
  const element = page.locator(selector);
  await element.filter({ hasText: text }).waitFor({ timeout: 30_000 }).catch(
    () => {},
  );
  assert.equal(await element.textContent(), text);
}

Deno.test("islands of two files live on one page", async () => {
  await visit("/both", async (page) => {
    await says(page, "#counter", "3");
    await page.locator("#counter").and(page.locator(":enabled")).click();
    await says(page, "#counter", "4");
    await page.locator("#shared").and(page.locator(":enabled")).click();
    await says(page, "#shared", "2 of 2");
  });
});

Deno.test("islands wake up one by one, and a disabled button is enabled", async () => {
  await visit("/counter", async (page) => {
    await page.click("#counter:enabled");
    await page.click("#counter");
    await says(page, "#counter", "5");
    await says(page, "#second", "10");
    await page.click("#second:enabled");
    await says(page, "#second", "11");
    assert.equal(
      await page.locator("main").evaluate((e) => e.children.length),
      2,
    );
  });
});

Deno.test("a signal given to two islands stays one; a computed keeps the server's value", async () => {
  await visit("/shared", async (page) => {
    await says(page, "#left", "1 of 2");
    await page.click("#left:enabled");
    await says(page, "#left", "2 of 2");
    await says(page, "#right", "2 of 2");
    await page.click("#right:enabled");
    await says(page, "#left", "3 of 2");
  });
});

Deno.test("props of every kind arrive as they were", async () => {
  await visit("/values", async (page) => {
    await page.waitForSelector("#values[data-where=browser]");
    assert.equal(await page.textContent("#values"), describe(values));
  });
});

Deno.test("an island works inside of another", async () => {
  await visit("/nested", async (page) => {
    await page.click("#in-box:enabled");
    await says(page, "#in-box", "6");
  });
});

Deno.test("islands without an element of their own keep to their place", async () => {
  await visit("/adjacent", async (page) => {
    await page.waitForSelector("#one:enabled");
    await page.waitForSelector("#two:enabled");
    await says(page, "#words", "(one in browsertwo in browser)");
    await page.click("#one");
    await says(page, "#words", "(one+ in browsertwo in browser)");
    await page.click("#two");
    await says(page, "#words", "(one+ in browsertwo+ in browser)");
  });
});
