/** What only the phone saw is kept: bounded, without numbers, and never a flood. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

const SAID = {
  orderId: "O1",
  attempt: "a1",
  api: "openEnterpriseChat",
  errMsg: "openEnterpriseChat:fail",
  client: "iPhone wxwork/4.1.38",
};

async function company(
  fn: (app: TestApp, later: (ms: number) => void) => Promise<void>,
): Promise<void> {
  let passed = 0;
  const now = () => Date.now() + passed;
  await withApp({ seed: world().seed, now }, async (app) => {
    await pushAll(app, [order()]);
    await fn(app, (ms) => void (passed += ms));
  });
}

const fail = (app: TestApp, over: object = {}, as = "d1") =>
  app.as(as).flow("client.failed", { ...SAID, ...over });
const kept = ({ services }: TestApp) =>
  services.sql<{
    actor: string;
    orderId: string | null;
    outcome: string;
    detail: Record<string, unknown>;
  }[]>`
    select actor, order_id, outcome, detail from audit_log
    where action = 'client.failed' order by audit_id`;
const logged = (app: TestApp) =>
  app.logs.filter((line) => line.event === "client.failed");

Deno.test("A failure of the phone's is a line in the log and a row in the audit log", () =>
  company(async (app) => {
    const answer = await fail(app);
    assert.deepEqual(answer.data, { success: true });
    const { orderId, ...detail } = SAID;
    const [row, ...more] = await kept(app);
    assert.deepEqual(
      { ...row },
      { actor: "d1", orderId, outcome: "failed", detail },
    );
    assert.deepEqual(more, []);
    assert.equal(logged(app).length, 1);
    assert.equal((await fail(app, { errMsg: 7 })).error, "VALIDATION_FAILED");
    // Somebody else's order keeps a history of its own people.
    assert.equal((await fail(app, {}, "d2")).status, 200);
    assert.equal((await fail(app, { orderId: "nosuch" })).status, 200);
    const rows = await kept(app);
    assert.deepEqual(rows.map((one) => one.orderId), ["O1", null, null]);
  }));

Deno.test("What is long is cut, and numbers, tokens and queries are left out", () =>
  company(async (app) => {
    const secret = "kgt8ON7yVITDhtdwci0qeYJKP0ToRs0C0rpTIcKe";
    const errMsg = "agentConfig:fail 13812348000, +86 139 1234 5678 " +
      `0571-8888 8888 ticket=${secret} ` +
      "http://localhost:8000/orders/O1/group?code=abcdef12345&state=s " +
      "more info at https://open.work.weixin.qq.com/devtool/query?e=60011 " +
      "x ".repeat(4_000);
    assert.equal((await fail(app, { errMsg, client: errMsg })).status, 200);
    const [row] = await kept(app);
    const said = String(row?.detail.errMsg);
    assert.ok(said.length <= 500, String(said.length));
    assert.match(said, /^agentConfig:fail •, • • ticket=• http:\S+group\S*/);
    assert.equal(row?.detail.errcode, 60011);
    assert.ok(String(row?.detail.client).length <= 200);
    const everywhere = JSON.stringify([row, logged(app)]);
    for (const part of ["1381234", "5678", "8888", secret, "abcdef", "e=60"]) {
      assert.ok(!everywhere.includes(part), part);
    }
  }));

Deno.test("A page that is caught in a loop floods nothing", () =>
  company(async (app, later) => {
    const answers = [];
    for (let n = 0; n < 33; n++) answers.push(await fail(app));
    assert.deepEqual(answers.slice(30).map((one) => one.error), [
      "RATE_LIMITED",
      "RATE_LIMITED",
      "RATE_LIMITED",
    ]);
    assert.ok(Number(answers[30]?.headers.get("retry-after")) > 0);
    assert.equal((await kept(app)).length, 30);
    assert.equal(logged(app).length, 30);
    const audit = await app.services.sql`
      select 1 from audit_log where action = 'client.failed'`;
    assert.equal(audit.length, 30);
    assert.equal((await fail(app, {}, "p1")).status, 200, "nobody else's");
    later(61_000);
    assert.equal((await fail(app)).status, 200);
  }));

/** Whether the client would take what the server signs with now. */
async function isGood(app: TestApp): Promise<boolean> {
  const url = `${ORIGIN}/orders/O1/group`;
  const response = await app.as("d1")
    .fetch(`/api/wecom/signature?url=${encodeURIComponent(url)}`);
  const { data: { config, agentConfig } } = await response.json();
  const { tokens } = app.sandbox.world;
  const signedWith = (kind: "corp" | "agent", signed: typeof config) =>
    tokens.tickets(kind, app.services.now(), true).some((ticket) =>
      createHash("sha1").update(
        `jsapi_ticket=${ticket}&noncestr=${signed.nonceStr}` +
          `&timestamp=${signed.timestamp}&url=${url}`,
      ).digest("hex") === signed.signature
    );
  return signedWith("corp", config) && signedWith("agent", agentConfig);
}

const REFUSED = [
  "agentConfig:fail, invalid signature",
  "agentConfig:fail 40093",
  "config:fail wrong jsapi_ticket, more info at https://open.work.weixin.qq.com/devtool/query?e=42012",
];

Deno.test("After a refused signature the next one is made with fresh tickets, once in ten minutes", () =>
  company(async (app, later) => {
    const issued = () => app.sandbox.world.calls.count("get_jsapi_ticket");
    assert.ok(await isGood(app));
    for (const [n, errMsg] of REFUSED.entries()) {
      app.sandbox.world.tokens.expireTickets();
      assert.ok(!await isGood(app), "nobody knows yet");
      await fail(app, { errMsg: "openEnterpriseChat:cancel" });
      assert.ok(!await isGood(app), "no signature was refused");
      await fail(app, { errMsg });
      assert.ok(await isGood(app), errMsg);
      assert.equal(issued(), 2 + n);
      await fail(app, { errMsg }, "p1");
      assert.equal(issued(), 2 + n, "the second one within ten minutes");
      later(10 * 60_000 + 1);
    }
  }));
