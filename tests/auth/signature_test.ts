/** Signatures for pages of ours and for no other address. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { withStubbedApp } from "../support/company.ts";

const SITE = "http://localhost:8000";
const at = (url: string) =>
  `/api/wecom/signature?url=${encodeURIComponent(url)}`;

function sha1(
  ticket: string,
  nonce: string,
  time: number,
  url: string,
): string {
  const text =
    `jsapi_ticket=${ticket}&noncestr=${nonce}&timestamp=${time}&url=${url}`;
  return createHash("sha1").update(text).digest("hex");
}

Deno.test("Both signatures verify against WeCom's tickets, without the fragment", () =>
  withStubbedApp(async ({ app, stub }) => {
    const pages = [
      `${SITE}/`,
      `${SITE}/orders/O1/group?from=singlemessage&isappinstalled=0`,
      `${SITE}/create-customer-group.html?orderId=%E8%AE%A2%E5%8D%95`,
      `${SITE}/orders/O1/group?a=1#/top?b=2`,
    ];
    for (const page of pages) {
      const response = await app.as("d1").fetch(at(page));
      const { data } = await response.json();
      const signed = page.replace(/#.*/, "");
      assert.equal(data.corpId, stub.corpId);
      assert.equal(data.agentId, stub.agentId);
      for (
        const [ticket, one] of [[stub.corpTicket, data.config], [
          stub.agentTicket,
          data.agentConfig,
        ]]
      ) {
        assert.match(String(one.timestamp), /^\d{10}$/, "in seconds");
        const wanted = sha1(ticket, one.nonceStr, one.timestamp, signed);
        assert.equal(one.signature, wanted, page);
      }
      assert.notEqual(data.config.nonceStr, data.agentConfig.nonceStr);
      const text = JSON.stringify(data);
      assert.ok(!text.includes(stub.corpTicket));
      assert.ok(!text.includes(stub.agentTicket));
    }
    assert.deepEqual(stub.calls.sort(), [
      "get_jsapi_ticket",
      "gettoken",
      "ticket/get",
    ], "tickets are kept");
  }));

Deno.test("An address of another origin is not signed", () =>
  withStubbedApp(async ({ app, stub }) => {
    const foreign = [
      "http://localhost:8000.evil.com/",
      "http://localhost:8000@evil.com/",
      "http://localhost:80000/",
      "http://localhost:8001/",
      "http://localhost/",
      "https://localhost:8000/",
      "http://localhost.evil.com:8000/",
      "http://evil.com/?http://localhost:8000/",
      "http://evil.com#http://localhost:8000/",
      "http://evil.com\\@localhost:8000/",
      "//localhost:8000/",
      "/orders/O1/group",
      "localhost:8000/",
      "javascript:alert(1)",
      "",
      `${SITE}/${"x".repeat(4000)}`,
    ];
    for (const url of foreign) {
      const response = await app.as("d1").fetch(at(url));
      const { error, data } = await response.json();
      assert.equal(response.status, 400, url);
      assert.equal(error, "VALIDATION_FAILED", url);
      assert.equal(data, undefined);
    }
    const none = await app.as("d1").fetch("/api/wecom/signature");
    assert.equal((await none.json()).error, "VALIDATION_FAILED");
    assert.equal(stub.calls.length, 0);
  }));

Deno.test("The page arrives with signatures of its own address", () =>
  withStubbedApp(async ({ app, stub }) => {
    const path = "/orders/O1/group?from=card&x=%E4%B8%AD";
    const html = await (await app.as("d1").fetch(path)).text();
    // However the page writes its data down: the values must fit each other.
    const all = (pattern: RegExp) => [...new Set(html.match(pattern) ?? [])];
    const signatures = new Set(all(/\b[0-9a-f]{40}\b/g));
    const right = all(/\b[ac][A-Za-z0-9]{15}\b/g).flatMap((nonce) =>
      all(/\b\d{10}\b/g).flatMap((time) =>
        [stub.corpTicket, stub.agentTicket].filter((ticket) =>
          signatures.has(sha1(ticket, nonce, Number(time), SITE + path))
        )
      )
    );
    assert.deepEqual(
      right.sort(),
      [stub.agentTicket, stub.corpTicket],
      "config and agentConfig are in the page",
    );
  }));
