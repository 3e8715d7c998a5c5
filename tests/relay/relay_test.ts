/**
 * The forwarding service: the whole main job through it, with nothing secret in an
 * address or a log of either side; and what it does not let through.
 */
import assert from "node:assert/strict";
import { QUERY_HEADER } from "../../lib/relay/signature.ts";
import { withApp } from "../support/app.ts";
import { order, PHONE, prepare, pushAll } from "../support/company.ts";
import { stubEnv, withStub } from "../support/stub_wecom.ts";
import {
  type Asked,
  BODY,
  FORMER,
  KEY,
  PATH,
  type Relay,
  send,
  signed,
  STRANGERS,
  withRelay,
} from "./support.ts";

Deno.test("The main job goes through the relay, and no secret stands in an address or a log", () =>
  withStub((stub, wecom) =>
    withRelay(wecom, async (relay) => {
      stub.follow("d1", "wm1", "王女士", [PHONE]);
      const env = {
        ...stubEnv(stub, wecom),
        WECOM_API_BASE: relay.base,
        RELAY_SECRET: KEY.reveal(),
      };
      await withApp({ env }, async (app) => {
        await pushAll(app, [order()]);
        const page = await app.as("d1").fetch("/orders/O1/group");
        assert.equal(page.status, 200);
        assert.match(await page.text(), /138\*\*\*\*8000/);
        const { intentId } = await prepare(app, "wm1");
        const chatId = stub.create("d1", "王女士-服务群", ["d1", "p1"], [
          "wm1",
        ]);
        const { data } = await app.as("d1").flow("group.record", {
          orderId: "O1",
          intentId,
          chatId,
        });
        assert.equal(data.status, "active", JSON.stringify(data));
        assert.ok(relay.addresses.length > 4);
        const said = [...relay.addresses, relay.logText(), app.logText()]
          .join("\n");
        for (
          const secret of [
            ...[stub.secret, stub.token, stub.corpTicket, stub.agentTicket],
            ...[KEY.reveal(), PHONE, "token=", "corpsecret"],
          ]
        ) {
          assert.ok(!said.includes(secret), secret);
        }
      });
    })
  ));

const TABLE: [what: string, made: () => Promise<Asked>, number, why: string][] =
  [
    [
      "nothing is signed",
      async () => ({
        ...await signed(),
        headers: {},
      }),
      401,
      "unsigned",
    ],
    [
      "it is signed by a key that is not known",
      () => signed({ secret: STRANGERS }),
      401,
      "key",
    ],
    [
      "the body is another",
      async () => ({
        ...await signed(),
        body: `${BODY} `,
      }),
      401,
      "body",
    ],
    [
      "WeCom's parameters are others",
      async () => {
        const asked = await signed();
        asked.headers[QUERY_HEADER] = ":YT1i:";
        return asked;
      },
      401,
      "signature",
    ],
    [
      "the path is another one of the list",
      async () => ({
        ...await signed(),
        path: "/cgi-bin/message/send",
      }),
      401,
      "signature",
    ],
    [
      "parts are left out of the signature",
      async () => {
        const asked = await signed();
        const input = asked.headers["Signature-Input"] ?? "";
        asked.headers["Signature-Input"] = input.replace(
          ` "${QUERY_HEADER}"`,
          "",
        );
        return asked;
      },
      401,
      "unsigned",
    ],
    [
      "two signatures come with it",
      async () => {
        const asked = await signed();
        for (const name of ["Signature", "Signature-Input"]) {
          const one = asked.headers[name] ?? "";
          asked.headers[name] = `${one}, ${one.replace("relay=", "other=")}`;
        }
        return asked;
      },
      401,
      "unsigned",
    ],
    [
      "it is two minutes old",
      () => signed({ at: Date.now() - 120_000 }),
      401,
      "expired",
    ],
    [
      "it is from the future",
      () => signed({ at: Date.now() + 120_000 }),
      401,
      "expired",
    ],
    [
      "it was signed before the relay began: it may have been sent on then",
      () => signed({ at: Date.now() - 15_000 }),
      503,
      "too_early",
    ],
    [
      "the path is not on the list",
      () => signed({ path: "/cgi-bin/user/delete" }),
      404,
      "not_listed",
    ],
    [
      "the method is another",
      () => signed({ method: "GET" }),
      404,
      "not_listed",
    ],
    [
      "parameters stand in the address",
      async () => ({
        ...await signed(),
        path: `${PATH}?access_token=token`,
      }),
      400,
      "query",
    ],
    [
      "it is larger than anything that is sent to WeCom",
      () => signed({ body: "x".repeat(300_000) }),
      413,
      "too_large",
    ],
  ];

for (const [what, made, status, why] of TABLE) {
  Deno.test(`The relay sends nothing on when ${what}`, () =>
    withStub((stub, wecom) =>
      withRelay(wecom, async (relay) => {
        const answer = await send(relay, await made());
        assert.deepEqual(
          [answer.status, (await answer.json()).error],
          [status, why],
        );
        assert.equal(stub.calls.length, 0);
        assert.doesNotMatch(relay.logText(), /token=|user.delete/);
      })
    ));
}

Deno.test("A request is sent on once, and its parameters stand in WeCom's address again", () =>
  withStub((stub, wecom) =>
    withRelay(wecom, async (relay) => {
      stub.follow("d1", "wm1", "王女士");
      const asked = await signed({
        body: JSON.stringify({ userid: "d1", external_userid: "wm1" }),
      });
      asked.headers["content-type"] = "application/json";
      const first = await send(relay, asked);
      assert.equal(first.status, 200);
      // It knows no such token: so it has read the parameter.
      assert.equal((await first.json()).errcode, 42001);
      const again = await send(relay, asked);
      assert.equal((await again.json()).error, "replay");
      assert.equal(stub.calls.length, 1);
    })
  ));

Deno.test("While the key is changed, requests by either are taken", () =>
  withStub((stub, wecom) =>
    withRelay(wecom, async (relay) => {
      for (const secret of [KEY, FORMER]) {
        const answer = await send(relay, await signed({ secret }));
        assert.equal(answer.status, 200);
        await answer.body?.cancel();
      }
      assert.equal(stub.calls.length, 2);
    }, [KEY, FORMER])
  ));

Deno.test("A WeCom that is not there, sends elsewhere or never ends is told as that", async () => {
  const asked = async (relay: Relay) => send(relay, await signed());
  await withRelay("http://127.0.0.1:9", async (relay) => {
    const answer = await asked(relay);
    assert.equal(answer.status, 502);
    await answer.body?.cancel();
    const up = await fetch(`${relay.base}/healthz`);
    assert.deepEqual(await up.json(), { status: "up" });
  });
  const odd = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    ({ url }) =>
      url.includes("message")
        ? new Response(new Uint8Array(17 * 1024 * 1024))
        : Response.redirect("http://127.0.0.1:9/?access_token=token"),
  );
  await withRelay(`http://127.0.0.1:${odd.addr.port}`, async (relay) => {
    const answer = await asked(relay);
    assert.equal(answer.status, 502);
    assert.equal(answer.headers.get("location"), null);
    await answer.body?.cancel();
    const endless = await send(
      relay,
      await signed({ path: "/cgi-bin/message/send" }),
    );
    await assert.rejects(endless.bytes());
  });
  await odd.shutdown();
});
