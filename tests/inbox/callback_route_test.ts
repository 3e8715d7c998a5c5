/** The callback address of the real app, as WeCom and others knock at it. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/mod.ts";
import { eventXml, type WorldEvent } from "../../lib/sandbox/mod.ts";
import { pushCallbacks, sealer } from "../../lib/sandbox/callbacks.ts";
import { createCallbackCrypto } from "../../lib/wecom/callback/crypto.ts";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";

const TOKEN = "sandboxCallbackToken";
const KEY = "c2FuZGJveC1jYWxsYmFjay1rZXktb2Ytbm9ib2R5MTI";
const env = { WECOM_CALLBACK_TOKEN: TOKEN, WECOM_CALLBACK_AES_KEY: KEY };
const ADDRESS = `${ORIGIN}/api/wecom/callback`;

function sealed(
  app: TestApp,
  message: string,
  format: "xml" | "json" = "xml",
): { url: string; init: RequestInit } {
  const { sandbox } = app;
  const random = Math.random;
  return sealer({ sandbox, url: ADDRESS, now: Date.now, random, format })(
    message,
  );
}

const post = (app: TestApp, { url, init }: ReturnType<typeof sealed>) =>
  app.handler(new Request(url, init));

const edited: WorldEvent = {
  event: "change_external_contact",
  changeType: "edit_external_contact",
  userId: "chenjing",
  externalUserId: "wm1",
  createTime: 1795147200,
};

async function stored(app: TestApp): Promise<number> {
  const rows = await app.services.sql`select 1 from inbox_event`;
  return rows.length;
}

Deno.test("without token and key the address does not exist", async () => {
  await withApp({}, async (app) => {
    for (const method of ["GET", "POST"]) {
      const response = await app.handler(new Request(ADDRESS, { method }));
      assert.equal(response.status, 404);
      assert.equal((await response.json()).error, "NOT_FOUND");
    }
  });
});

Deno.test("the check is answered with the plain text, and only to WeCom", async () => {
  await withApp({ env }, async (app) => {
    const { corpId } = app.services.config.wecom;
    const crypto = (receiveId: string, token = TOKEN) =>
      createCallbackCrypto({
        token: new Secret(token),
        aesKey: new Secret(KEY),
        receiveId,
      });
    const ask = (receiveId: string, token?: string) => {
      const at = { timestamp: "1795147200", nonce: "n" };
      const one = crypto(receiveId, token).seal("1616140317555161061", at);
      const query = new URLSearchParams({
        msg_signature: one.signature,
        timestamp: one.timestamp,
        nonce: one.nonce,
        echostr: one.encrypt,
      });
      return app.handler(new Request(`${ADDRESS}?${query}`));
    };
    const response = await ask(corpId);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    assert.equal(await response.text(), "1616140317555161061");
    assert.equal((await ask("ww0000000000000000")).status, 403);
    assert.equal((await ask(corpId, "another")).status, 403);
    assert.equal((await app.handler(new Request(ADDRESS))).status, 400);
  });
});

Deno.test("an event is stored once, whatever its form and however often it comes", async () => {
  await withApp({ env }, async (app) => {
    const message = eventXml(edited, app.sandbox.corpId);
    for (const format of ["xml", "json", "xml"] as const) {
      const response = await post(app, sealed(app, message, format));
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "");
    }
    assert.equal(await stored(app), 1);
    const other = { ...edited, createTime: edited.createTime + 1 };
    await post(app, sealed(app, eventXml(other, app.sandbox.corpId)));
    assert.equal(await stored(app), 2);
  });
});

Deno.test("forged, foreign, broken and oversized pushes are refused and leave nothing", async () => {
  await withApp({ env }, async (app) => {
    const message = eventXml(edited, app.sandbox.corpId);
    const good = () => sealed(app, message);
    const changed = (from: RegExp | string, to: string) => {
      const { url, init } = good();
      return {
        url,
        init: { ...init, body: String(init.body).replace(from, to) },
      };
    };
    const queried = (from: RegExp, to: string) => {
      const { url, init } = good();
      return { url: url.replace(from, to), init };
    };
    const statusOf = async (one: ReturnType<typeof sealed>) => {
      const response = await post(app, one);
      const text = await response.text();
      assert.ok(!text.includes(TOKEN) && !text.includes(KEY));
      return response.status;
    };
    assert.equal(
      await statusOf(changed(/CDATA\[(....)/, "CDATA[AAAA")),
      200,
      "the receiver's name outside is not signed",
    );
    assert.equal(
      await statusOf(
        changed(/<Encrypt><!\[CDATA\[..../, "<Encrypt><![CDATA[AAAA"),
      ),
      403,
    );
    assert.equal(
      await statusOf(queried(/msg_signature=./, "msg_signature=x")),
      403,
    );
    assert.equal(await statusOf(queried(/nonce=/, "nonce=1")), 403);
    assert.equal(await statusOf(queried(/timestamp=1/, "timestamp=2")), 403);
    assert.equal(await statusOf(queried(/msg_signature=[^&]*&/, "")), 400);
    assert.equal(
      await statusOf(changed("<xml>", "<!DOCTYPE a [<!ENTITY b 'c'>]><xml>")),
      400,
    );
    assert.equal(await statusOf(changed(/^[^]*$/, "not xml")), 400);
    assert.equal(
      await statusOf(changed("<xml>", `<xml><a>${"x".repeat(300_000)}</a>`)),
      400,
    );
    assert.equal(
      await statusOf(
        sealed(app, "<xml><Event>change_external_chat</Event></xml>"),
      ),
      400,
    );
    assert.equal(
      await statusOf(
        sealed(
          app,
          "<xml><MsgType>text</MsgType><Content>在吗</Content></xml>",
        ),
      ),
      200,
    );
    const foreign = createCallbackCrypto({
      token: new Secret(TOKEN),
      aesKey: new Secret(KEY),
      receiveId: "ww0000000000000000",
    }).seal(message, { timestamp: "1", nonce: "n" });
    const query = new URLSearchParams({
      msg_signature: foreign.signature,
      timestamp: "1",
      nonce: "n",
    });
    const body = `<xml><Encrypt>${foreign.encrypt}</Encrypt></xml>`;
    assert.equal(
      await statusOf({
        url: `${ADDRESS}?${query}`,
        init: { method: "POST", body },
      }),
      403,
    );
    assert.equal(await stored(app), 1);
  });
});

Deno.test("a push that could not be stored times out at WeCom, and is taken when it comes again", async () => {
  await withApp({ env }, async (app) => {
    const { sql } = app.services;
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      app.handler,
    );
    const push = (patienceMs: number) => {
      const { url, init } = sealed(app, eventXml(edited, app.sandbox.corpId));
      const here = url.replace(ORIGIN, `http://127.0.0.1:${server.addr.port}`);
      return fetch(here, { ...init, signal: AbortSignal.timeout(patienceMs) });
    };
    await sql`alter table inbox_task rename to inbox_task_away`;
    // One sender hangs up after 5 s (90930), another waits for any answer (90238).
    const impatient = assert.rejects(push(5_000), { name: "TimeoutError" });
    const patient = await push(20_000);
    await impatient;
    assert.equal(patient.status, 503);
    assert.equal((await patient.json()).error, "DATABASE_UNAVAILABLE");
    assert.equal(await stored(app), 0, "no event without its task");
    await sql`alter table inbox_task_away rename to inbox_task`;
    const taken = await push(20_000);
    await taken.body?.cancel();
    assert.equal(taken.status, 200);
    assert.equal(await stored(app), 1);
    await server.shutdown();
  });
});

Deno.test("a stop answers a push that could not be stored at once", async () => {
  await withApp({ env }, async (app) => {
    const { sql, inbox } = app.services;
    await sql`alter table inbox_task rename to inbox_task_away`;
    const { url, init } = sealed(app, eventXml(edited, app.sandbox.corpId));
    let over = false;
    const answer = app.handler(new Request(url, init)).finally(() =>
      over = true
    );
    await new Promise((done) => setTimeout(done, 500));
    assert.equal(over, false);
    await inbox.stop();
    const patience = new AbortController();
    const late = new Promise<"late">((done) => {
      const timer = setTimeout(() => done("late"), 3_000);
      patience.signal.addEventListener("abort", () => clearTimeout(timer));
    });
    const first = await Promise.race([answer, late]);
    patience.abort();
    assert.ok(first !== "late" && first.status === 503);
    await first.body?.cancel();
    await sql`alter table inbox_task_away rename to inbox_task`;
  });
});

Deno.test("what happens in the company is in the mirror seconds later, with no further request", async () => {
  await withApp({ env }, async (app) => {
    const feed = pushCallbacks({
      sandbox: app.sandbox,
      url: ADDRESS,
      fetch: (input, init) => app.handler(new Request(input, init)),
      now: Date.now,
      random: Math.random,
      log: app.services.log,
      format: "json",
    });
    const { world } = app.sandbox;
    const [customer] = world.state.follows.get("chenjing")?.keys() ?? [];
    assert.ok(customer);
    const chatId = world.staffCreatesChat({
      userId: "chenjing",
      externalUserIds: [customer],
    });
    await feed.flush();
    assert.deepEqual(feed.counts, { accepted: 1, failed: 0, lost: 0 });
    const deadline = Date.now() + 15_000;
    let found = 0;
    while (found === 0 && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 100));
      found = (await app.services.sql`
        select 1 from chat where chat_id = ${chatId}`).length;
    }
    assert.equal(found, 1);
    await feed.stop();
  });
});

Deno.test("a request works off what another instance left behind, without waiting for it", async () => {
  let now = Date.now();
  await withApp({ env, now: () => now }, async (app) => {
    const { sql } = app.services;
    await sql`
      insert into inbox_event (dedupe_key, subject, fields, received_at, ready_at)
      values ('k', 'contact/wmNobody', ${
      sql.json({
        Event: "change_external_contact",
        ChangeType: "edit_external_contact",
        CreateTime: "1795147200",
        UserID: "chenjing",
        ExternalUserID: "wmNobody",
      })
    }, ${new Date(now)}, ${new Date(now)})`;
    await sql`
      insert into inbox_task (subject, due_at)
      values ('contact/wmNobody', ${new Date(now)})`;
    now += 10_000;
    await (await app.handler(new Request(`${ORIGIN}/healthz`))).body?.cancel();
    const deadline = Date.now() + 15_000;
    let left = 1;
    while (left > 0 && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 50));
      left = (await sql`select 1 from inbox_task`).length;
    }
    assert.equal(left, 0);
  });
});
