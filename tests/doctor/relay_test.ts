/** The doctor names what the forwarding service says, without a word to WeCom. */
import assert from "node:assert/strict";
import type { Secret } from "../../lib/config/mod.ts";
import type { Line } from "../../lib/doctor/check.ts";
import { examine } from "../../lib/doctor/doctor.ts";
import { QUERY_HEADER } from "../../lib/relay/signature.ts";
import { KEY, type Relay, STRANGERS, withRelay } from "../relay/support.ts";
import { healthy, one, parts } from "./support.ts";

interface Fault {
  secret?: Secret | null;
  aheadMs?: number;
  base?: string;
  fetch?: typeof fetch;
}

const words = (status: number, body: unknown) => () =>
  Promise.resolve(Response.json(body, { status }));

/** On the way to the relay something is done to each request. */
const changed =
  (change: (request: Request) => Request): typeof fetch => (input, init) =>
    fetch(change(new Request(input, init)));

const without = (...names: string[]) =>
  changed((request) => {
    const headers = new Headers(request.headers);
    for (const name of names) headers.delete(name);
    return new Request(request, { headers });
  });

const older: typeof fetch = (input, init) =>
  String(input).includes("message/send")
    ? words(404, { error: "not_listed" })()
    : fetch(input, init);

const FAULTS: [what: string, Fault, cause: RegExp, place: RegExp][] = [
  [
    "another key",
    { secret: STRANGERS },
    /RELAY_SECRET 不同（key）/,
    /应用的主机和转发服务的主机：环境变量 RELAY_SECRET/,
  ],
  [
    "a clock that is ahead",
    { aheadMs: 20_000 },
    /应用快 (19|20|21) 秒（expired）/,
    /NTP/,
  ],
  [
    "a clock that is behind",
    { aheadMs: -120_000 },
    /应用慢 1(19|20|21) 秒（expired）/,
    /NTP/,
  ],
  [
    "a relay of an older release",
    { fetch: older },
    /不认识应用要用的 1 个接口/,
    /转发服务的主机：升级/,
  ],
  [
    "an address with a path",
    { base: "/wecom" },
    /not_listed/,
    /WECOM_API_BASE 后面不带路径/,
  ],
  [
    "a proxy that drops headers",
    { fetch: without("signature", "signature-input") },
    /unsigned/,
    /Signature-Input/,
  ],
  [
    "a proxy that changes headers",
    {
      fetch: changed((request) => {
        request.headers.set(QUERY_HEADER, ":YT1i:");
        return request;
      }),
    },
    /改过（signature）/,
    /代理/,
  ],
  [
    "a proxy that adds a parameter",
    { fetch: changed((request) => new Request(`${request.url}?a=1`, request)) },
    /query/,
    /代理/,
  ],
  [
    "no key in the app",
    { secret: null },
    /没有签名的密钥/,
    /应用的主机：环境变量 RELAY_SECRET/,
  ],
  [
    "nobody there",
    { fetch: () => Promise.reject(new TypeError("refused")) },
    /连不上 WECOM_API_BASE/,
    /转发服务的主机：服务是否在运行/,
  ],
  [
    "another program",
    { fetch: words(200, { errcode: 41001 }) },
    /不是转发服务（200）/,
    /WECOM_API_BASE/,
  ],
  [
    "a proxy without a relay",
    { fetch: words(502, "x") },
    /不是转发服务（502）/,
    /代理/,
  ],
];

Deno.test("What is wrong with the relay is told apart, with place and cure", () =>
  healthy(async ({ app, stub }) => {
    await withRelay(app.services.config.wecom.apiBase, async (relay) => {
      const before = stub.calls.length;
      const well = await look(relay, {});
      assert.deepEqual([well.state, well.cause], [
        "ok",
        "密钥、时钟和接口清单都对",
      ]);
      for (const [what, fault, cause, place] of FAULTS) {
        const line = await look(relay, fault);
        assert.equal(line.state, "failed", what);
        assert.match(line.cause, cause, what);
        assert.match(line.place ?? "", place, what);
      }
      const early = { fetch: words(503, { error: "too_early" }) };
      assert.equal((await look(relay, early)).state, "unknown");
      assert.equal(stub.calls.length, before, "WeCom was asked nothing");
      assert.ok(!relay.logText().includes(KEY.reveal()));
    });

    async function look(
      relay: Relay,
      { secret = KEY, aheadMs = 0, base = "", ...given }: Fault,
    ): Promise<Line> {
      const real = parts(app);
      const wecom = {
        ...real.config.wecom,
        apiBase: relay.base + base,
        relaySecret: secret,
      };
      const [line] = await examine(
        {
          ...real,
          fetch,
          now: () => Date.now() + aheadMs,
          config: { ...real.config, wecom },
          ...given,
        },
        10_000,
        ["relay"],
      );
      assert.ok(line);
      return line;
    }
  }));

Deno.test("A check that the relay refused points to the relay's", () =>
  healthy(async ({ app, stub }) => {
    stub.spoil = (path) =>
      path === "getcallbackip"
        ? new Response(null, { status: 401 })
        : undefined;
    assert.match((await one(app, "trusted-ip")).cause, /HTTP 401.*「relay」/);
  }));
