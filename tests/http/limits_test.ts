/** Whose address a request is of, and how often one address and one person may ask. */
import assert from "node:assert/strict";
import { askerNow, followAsker } from "../../lib/audit/asker.ts";
import { createClientAddress } from "../../lib/http/client_address.ts";
import { createLimits } from "../../lib/http/limits.ts";
import { createWindow } from "../../lib/http/window.ts";
import { followPerson, personNow } from "../../lib/staff/person_now.ts";
import { apart } from "../../lib/store/deadline.ts";
import { withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

const from = (hostname: string): Deno.NetAddr => ({
  transport: "tcp",
  hostname,
  port: 1,
});

const ADDRESSES: [
  what: string,
  remote: string,
  told: string | null,
  address: string,
][] = [
  ["no proxy", "203.0.113.7", null, "203.0.113.7"],
  ["a stranger who tells one", "203.0.113.7", "10.0.0.1", "203.0.113.7"],
  ["our proxy", "10.0.0.2", "203.0.113.7", "203.0.113.7"],
  ["our proxy, IPv6", "fd00::2", "2001:db8::7", "2001:db8::7"],
  ["two proxies of ours", "10.0.0.2", "203.0.113.7, 10.0.0.3", "203.0.113.7"],
  [
    "our proxy, and a client that told one itself",
    "10.0.0.2",
    "1.2.3.4, 203.0.113.7",
    "203.0.113.7",
  ],
  ["our proxy, which tells nothing", "10.0.0.2", null, "10.0.0.2"],
  ["our proxy, which tells no address", "10.0.0.2", "unknown", "10.0.0.2"],
  ["our proxy, which tells the port", "10.0.0.2", "1.2.3.4:5678", "1.2.3.4"],
  ["the same of IPv6", "10.0.0.2", "[2001:db8::1]:443", "2001:db8::1"],
  ["IPv6 in brackets", "10.0.0.2", "[2001:db8::1]", "2001:db8::1"],
  [
    "two proxies of ours, with ports",
    "10.0.0.2",
    "1.2.3.4:5678, 10.0.0.3:80, [fd00::2]:80",
    "1.2.3.4",
  ],
  ["a name with a port", "10.0.0.2", "erp.example:80", "10.0.0.2"],
  ["our proxy asks by itself", "10.0.0.2", "10.0.0.2", "10.0.0.2"],
];

for (const [what, remote, told, address] of ADDRESSES) {
  Deno.test(`The client's address: ${what}`, () => {
    const trusted = ["10.0.0.0/8", "fd00::/8"];
    const of = createClientAddress({ trusted, header: "x-real-ip" });
    const headers = new Headers(told === null ? {} : { "x-real-ip": told });
    assert.equal(of(headers, from(remote)), address);
  });
}

Deno.test("A window lets in so many, and again as it fills", () => {
  let now = 0;
  const window = createWindow({ most: 3, perMs: 3_000, keys: 2 }, () => now);
  const take = (key: string) => window.take(key);
  assert.deepEqual([1, 2, 3, 4].map(() => take("a")), [0, 0, 0, 1_000]);
  assert.equal(take("b"), 0, "another one's");
  now = 999;
  assert.equal(take("a"), 1);
  now = 1_000;
  assert.equal(take("a"), 0);
  now = 100_000;
  assert.deepEqual([1, 2, 3, 4].map(() => take("a") > 0), [
    false,
    false,
    false,
    true,
  ]);
});

Deno.test("An address is stopped where it attacks, and an office is not", () => {
  const limits = createLimits(() => 0);
  const tries = (address: string | null, path: string, count: number) => {
    let stopped = 0;
    for (let n = 0; n < count; n++) {
      if (limits.take(address, path) > 0) stopped++;
    }
    return stopped;
  };
  assert.equal(tries("203.0.113.7", "/auth/callback", 1_000), 400);
  assert.equal(tries("203.0.113.8", "/auth/callback", 600), 0);
  // 150 people, whose open pages ask every three seconds.
  assert.equal(tries("203.0.113.7", "/api/runFlow", 3_000), 0);
  assert.equal(tries("203.0.113.7", "/api/erp/orders", 2_000), 800);
  for (const near of ["127.0.0.1", "::1", "localhost", null]) {
    assert.equal(tries(near, "/auth/login", 2_000), 0);
  }
});

Deno.test("Made-up ids cost WeCom so many calls of a person, and no other person's", async () => {
  const { seed } = world();
  const clock = { now: Date.now() };
  await withApp({ seed, now: () => clock.now }, async (app) => {
    await pushAll(app, [order()]);
    const ask = (person: string, n: number) =>
      app.as(person).flow("sidebar.customer", { externalUserId: `wmX${n}` });
    const told = new Map<string | undefined, number>();
    for (let n = 0; n < 330; n++) {
      const { error, headers } = await ask("d1", n);
      told.set(error, (told.get(error) ?? 0) + 1);
      if (error === "RATE_LIMITED") assert.ok(headers.get("retry-after"));
    }
    assert.deepEqual([...told], [["FORBIDDEN", 300], ["RATE_LIMITED", 30]]);
    assert.equal((await ask("d2", 1)).error, "FORBIDDEN");
    clock.now += 60_000;
    assert.equal((await ask("d1", 400)).error, "FORBIDDEN");
  });
});

Deno.test("What goes on behind a request is nobody's spending", async () => {
  const seen = await followPerson("D1", async () => [
    personNow(),
    await apart(() => Promise.resolve(personNow())),
    await followAsker(
      { address: "203.0.113.7", clientRequestId: null },
      () => apart(() => askerNow().address),
    ),
  ]);
  assert.deepEqual(seen, ["d1", null, null]);
});
