/** The list of orders in a browser: more of it, the way back, large letters. */
import assert from "node:assert/strict";
import type { Page } from "../support/playwright.ts";
import { push } from "../support/app.ts";
import { type Phone, withRig } from "./rig.ts";

const SIZES = [{ width: 390, height: 844 }, { width: 1280, height: 800 }];

const rowsOf = ({ page }: Phone) => page.locator(".orders > li");
const more = ({ page }: Phone) => page.getByRole("link", { name: "加载更多" });
const waitForRows = ({ page }: Phone, count: number) =>
  page.locator(`.orders > li:nth-child(${count})`).waitFor();

for (const viewport of SIZES) {
  Deno.test(`more rows come below the others, and the way back finds them: ${viewport.width}`, async () => {
    await withRig(async ({ phone }) => {
      const designer = await phone("chenjing", { viewport });
      const { page } = designer;
      await designer.goto("/");
      assert.equal(await rowsOf(designer).count(), 20);
      await more(designer).click();
      await waitForRows(designer, 23);
      assert.equal(await more(designer).count(), 0);
      assert.match(page.url(), /\?rows=40$/);
      const status = await designer.id("rows-status").textContent();
      assert.equal(status, "又加载了 3 个，共 23 个");
      const focused = () =>
        page.evaluate(() =>
          document.activeElement?.getAttribute("data-testid")
        );
      const first = await rowsOf(designer).nth(20).locator("a")
        .getAttribute("data-testid");
      assert.equal(await focused(), first);

      await rowsOf(designer).nth(22).locator("a").focus();
      const place = await page.evaluate(() => scrollY);
      assert.ok(place > 100);
      await page.keyboard.press("Enter");
      await designer.see("order-card");
      await page.goBack();
      await waitForRows(designer, 23);
      await page.waitForFunction(() => scrollY > 100);
      assert.ok(Math.abs(await page.evaluate(() => scrollY) - place) < 2);
    });
  });
}

Deno.test("without a script the link leads to the next page", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing", { javaScriptEnabled: false });
    await designer.goto("/");
    await more(designer).click();
    await designer.page.waitForURL(/cursor=/);
    assert.equal(await rowsOf(designer).count(), 3);
  });
});

Deno.test("rows that do not come are asked for again", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    const { page } = designer;
    await designer.goto("/");
    await page.context().setOffline(true);
    await more(designer).click();
    const again = page.getByRole("link", { name: "没有加载出来，点这里重试" });
    await again.waitFor();
    assert.equal(await rowsOf(designer).count(), 20);
    await page.context().setOffline(false);
    await again.click();
    await waitForRows(designer, 23);
  });
});

Deno.test("what is found is counted as more of it comes", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.goto("/?query=XH26&state=all");
    await designer.page.getByText("先显示 20 个").waitFor();
    await more(designer).click();
    await designer.page.getByText("找到 23 个订单").waitFor();
    assert.match(designer.page.url(), /query=XH26.*rows=40/);
  });
});

Deno.test("rows of another search are not put below what was found", async () => {
  await withRig(async ({ app, phone }) => {
    const orders = Array.from({ length: 22 }, (_, n) => ({
      orderId: `find-${n}`,
      orderNo: `FIND${n}`,
      customerName: "叶女士",
      customerPhone: "13866660001",
      designerWxUserId: "chenjing",
      storeName: "滨江店",
    }));
    const pushed = await push(app, "orders", { orders });
    assert.equal(pushed.status, 200, await pushed.text());
    const designer = await phone("chenjing");
    const { page } = designer;
    await designer.goto("/");
    await page.getByTestId("search").fill("13866660001");
    await page.keyboard.press("Enter");
    await page.getByText("先显示 20 个").waitFor();
    // What was searched for is sealed in the address, and not for ever.
    await more(designer).evaluate((link) => {
      const next = new URL(link.getAttribute("href") ?? "", location.href);
      next.searchParams.set("q", "expired");
      link.setAttribute("href", next.href);
    });
    await more(designer).click();
    await page.locator('#search[value=""]').waitFor();
    assert.equal(await page.getByText("找到").count(), 0);
  });
});

/** As a person sets it on the phone: letters only, the page stays as wide. */
function doubleText(page: Page): Promise<void> {
  return page.evaluate(() => {
    const sizes = [...document.querySelectorAll<HTMLElement>("body *")].map(
      (element) => [element, parseFloat(getComputedStyle(element).fontSize)],
    ) as [HTMLElement, number][];
    for (const [element, size] of sizes) {
      element.style.fontSize = `${size * 2}px`;
    }
  });
}

const widthOf = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth);

Deno.test("long names and letters twice as large need no scrolling aside at 320 px", async () => {
  await withRig(async ({ app, phone }) => {
    const orders = [
      "Wolfeschlegelsteinhausenbergerdorff-Montgomery",
      "欧阳上官诸葛嘉怡龙湖春江彼岸三期二十八栋二单元一千六百零二室",
      "\u202e反写的名字",
    ].map((customerName, n) => ({
      orderId: `long-${n}`,
      orderNo: `long-20261127-00000000000000000000000${n}`,
      customerName,
      customerPhone: "13800010077",
      designerWxUserId: "chenjing",
      storeName: "一个名字很长很长的门店（旗舰展示与体验中心）",
    }));
    const pushed = await push(app, "orders", { orders });
    assert.equal(pushed.status, 200, await pushed.text());
    const designer = await phone("chenjing", {
      viewport: { width: 320, height: 640 },
    });
    const { page } = designer;
    for (
      const path of ["/", "/?query=long", "/?query=nobody", "/admin/settings"]
    ) {
      await designer.goto(path);
      assert.equal(await widthOf(page), 320, path);
      await doubleText(page);
      assert.equal(await widthOf(page), 320, `${path}, letters twice as large`);
    }
  });
});

Deno.test("by keyboard one goes through the list from top to bottom, and sees where one is", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    const { page } = designer;
    await designer.goto("/");
    const passed: string[] = [];
    for (let n = 0; n < 34; n++) {
      await page.keyboard.press("Tab");
      const { name, top, outline } = await page.evaluate(() => {
        const at = document.activeElement;
        if (!at) throw new Error("Nothing has the focus");
        return {
          name: at.textContent.trim().slice(0, 12) || at.tagName,
          top: at.getBoundingClientRect().top + scrollY,
          outline: getComputedStyle(at).outlineStyle,
        };
      });
      assert.equal(outline, "solid", name);
      passed.push(`${String(Math.round(top)).padStart(5)} ${name}`);
      if (name === "退出登录") break;
    }
    const tops = passed.map((one) => one.slice(0, 5));
    assert.deepEqual(tops, [...tops].sort(), passed.join("\n"));
    assert.match(passed.at(-1) ?? "", /退出登录/);
    assert.match(passed.at(-2) ?? "", /加载更多/);
  });
});
