/** A start waits for a database that is on its way, and for nothing else. */
import assert from "node:assert/strict";
import { OutageError } from "../../lib/store/database.ts";
import { insist } from "../../lib/tasks/insist.ts";

/** `failures` first, then an opened database; each try takes `ms`. */
async function start(failures: Error[], ms = 0) {
  let clock = 0;
  let tries = 0;
  const said: string[] = [];
  const outcome = await insist(() => {
    clock += ms;
    const error = failures[tries];
    tries += 1;
    return error ? Promise.reject(error) : Promise.resolve("opened");
  }, {
    elapsed: () => clock,
    sleep: (ms) => {
      clock += ms;
      return Promise.resolve();
    },
    say: (line) => said.push(line),
  }).catch((error: unknown) => error);
  return { outcome, tries, said, clock };
}

const outage = (code: string) => new OutageError(code, "away");

for (
  const code of [
    "CONNECTION_CLOSED",
    "ECONNREFUSED",
    "ENOTFOUND",
    "57P03",
    "53300",
  ]
) {
  Deno.test(`A start that meets ${code} tries again, and says so once`, async () => {
    const { outcome, tries, said } = await start([
      outage(code),
      outage(code),
    ]);
    assert.deepEqual([outcome, tries, said.length], ["opened", 3, 1]);
  });
}

for (const code of ["28P01", "3D000", "42704", "TLS", "CERT_HAS_EXPIRED"]) {
  Deno.test(`A start that meets ${code} says it at once`, async () => {
    const error = outage(code);
    assert.deepEqual(await start([error]), {
      outcome: error,
      tries: 1,
      said: [],
      clock: 0,
    });
  });
}

Deno.test("An error that is no outage is not tried again", async () => {
  const error = new Error("another company's");
  const { outcome, tries } = await start([error]);
  assert.deepEqual([outcome, tries], [error, 1]);
});

Deno.test("After five seconds it gives up, with the last error", async () => {
  const failures = Array.from({ length: 99 }, () => outage("ECONNREFUSED"));
  const { outcome, clock, tries } = await start(failures);
  assert.equal(outcome, failures[tries - 1]);
  assert.ok(clock >= 5_000 && clock < 6_000, String(clock));
});
