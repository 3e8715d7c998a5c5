/** The same seed draws the same plan: what people will do and what goes wrong. */
import assert from "node:assert/strict";
import { createCompany, planDigest } from "./company.ts";
import { createDice, type Dice } from "./dice.ts";
import { PAGE_FAULTS, silentKinds, wantedKinds } from "./faults.ts";
import { createLedger } from "./ledger.ts";
import { PLANTS } from "./plants.ts";
import { serveSandbox } from "../../lib/sandbox/server.ts";
import { withPageFaults } from "./pages.ts";

const company = (seed: number) =>
  createCompany(60, createDice(seed).fork("company"));

const draws = (dice: Dice) => Array.from({ length: 50 }, () => dice.next());

Deno.test("the same seed draws the same people, orders and visits", async () => {
  const [one, other] = [company(7), company(7)];
  assert.deepEqual(one.orders, other.orders);
  assert.deepEqual(one.staff, other.staff);
  assert.equal(await planDigest(one), await planDigest(other));
  assert.notEqual(await planDigest(one), await planDigest(company(8)));
});

Deno.test("the same seed builds the same world, group by group", async () => {
  const states = [];
  for (let turn = 0; turn < 2; turn++) {
    const { seed, orders } = company(7);
    await using server = await serveSandbox({
      now: () => 1_800_000_000_000,
      seed,
    });
    states.push({ orders, state: server.sandbox.world.state });
  }
  assert.deepEqual(states[0], states[1]);
});

Deno.test("what one actor draws does not move the others", () => {
  const quiet = createDice(7);
  const busy = createDice(7);
  draws(busy);
  draws(busy.fork("lag"));
  for (const actor of ["lag", "events", "steps", "order-3 0 d0001"]) {
    assert.deepEqual(draws(quiet.fork(actor)), draws(busy.fork(actor)));
  }
  assert.notDeepEqual(draws(quiet.fork("lag")), draws(quiet.fork("events")));
});

Deno.test("pages after the first meet every kind of fault in turn, others none", async () => {
  const ledger = createLedger(() => {});
  await using server = await serveSandbox({ seed: company(7).seed });
  let kills = 0;
  const api = withPageFaults(() => Promise.resolve(new Response("{}")), {
    world: server.sandbox.world,
    ledger,
    dice: createDice(7),
    kill: () => void kills++,
  });
  const ask = async (cursor: string) => {
    const hangUp = AbortSignal.timeout(2);
    const answer = await api(
      new Request("http://wecom/cgi-bin/externalcontact/groupchat/list", {
        method: "POST",
        body: JSON.stringify({ cursor }),
        signal: hangUp,
      }),
    ).catch(() => null);
    await answer?.body?.cancel();
  };
  for (let page = 0; page < 30; page++) await ask("");
  assert.deepEqual(ledger.faults, new Map());
  for (let page = 0; page < 500; page++) await ask("next");
  const met = [...ledger.faults.keys()].sort();
  assert.equal(met.length, PAGE_FAULTS.length);
  assert.ok(met.every((kind) => kind.endsWith("of groups")));
  assert.ok(kills > 0);
});

Deno.test("a kind of fault that never happened is named", () => {
  const ledger = createLedger(() => {});
  const options = { database: "postgres", kills: true } as const;
  assert.deepEqual(silentKinds(ledger, options), wantedKinds(options));
  for (const kind of wantedKinds(options)) ledger.faults.set(kind, 1);
  ledger.faults.set("event lost", 0);
  assert.deepEqual(silentKinds(ledger, options), ["event lost"]);
});

Deno.test("every fault that can be planted finds its place in the sources", async () => {
  for (const { name, changes } of PLANTS) {
    for (const { module, sound } of changes) {
      const url = new URL(`../../${module}`, import.meta.url);
      const text = await Deno.readTextFile(url);
      assert.equal(text.split(sound).length, 2, `${name} in ${module}`);
    }
  }
});
