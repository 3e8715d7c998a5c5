/** Tokens seen from outside: how often WeCom is asked for one. */
import assert from "node:assert/strict";
import { push } from "../support/app.ts";
import { order, withStubbedApp } from "../support/company.ts";

const many = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

Deno.test("Forty requests that meet an expired token ask for one new token, and all succeed", () =>
  withStubbedApp(async ({ app, stub }) => {
    const orders = many(
      40,
      (at) =>
        order({
          orderId: `T${at}`,
          customerPhone: `139${String(at).padStart(8, "0")}`,
        }),
    );
    assert.equal((await push(app, "orders", { orders })).status, 200);
    for (const at of many(40, (at) => at)) {
      stub.follow("d1", `wmT${at}`, `客户${at}`);
    }
    assert.equal(
      (await app.as("d1").flow("customer.match", { orderId: "T0" })).code,
      1,
    );
    assert.equal(stub.count("gettoken"), 1);
    for (const round of [2, 3]) {
      stub.expireToken();
      const answers = await Promise.all(
        many(40, (at) =>
          app.as("d1").flow("customer.link", {
            orderId: `T${at}`,
            externalUserId: `wmT${at}`,
          })),
      );
      for (const answer of answers) {
        assert.equal(answer.code, 1, JSON.stringify(answer));
      }
      assert.equal(stub.count("gettoken"), round);
    }
  }));

Deno.test("Forty first requests at once ask for one token and one ticket of each kind", () =>
  withStubbedApp(async ({ app, stub }) => {
    const pages = await Promise.all(
      many(40, () => app.as("d1").fetch("/orders/O1/group")),
    );
    for (const page of pages) {
      assert.equal(page.status, 200);
      await page.body?.cancel();
    }
    // On a busy machine the pages came before the contacts, which are read once still.
    await app.services.contacts.readOnce("d1");
    for (
      const path of [
        "gettoken",
        "get_jsapi_ticket",
        "ticket/get",
        "externalcontact/batch/get_by_user",
      ]
    ) {
      assert.equal(stub.count(path), 1, path);
    }
  }));

Deno.test("A token that WeCom refuses for good is not asked for on and on", () =>
  withStubbedApp(async ({ app, stub }) => {
    stub.spoil = (path) =>
      path === "gettoken"
        ? undefined
        : Response.json({ errcode: 42001, errmsg: "expired" });
    const answers = await Promise.all(
      many(12, () =>
        app.as("d1").flow("customer.link", {
          orderId: "O1",
          externalUserId: "wm1",
        })),
    );
    for (const answer of answers) {
      assert.equal(answer.error, "WECOM_UNAVAILABLE");
      assert.equal(answer.status, 503);
    }
    assert.ok(stub.count("gettoken") <= 13, String(stub.count("gettoken")));
  }));
