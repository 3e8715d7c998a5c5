import assert from "node:assert/strict";
import { readConfig } from "../../lib/config/mod.ts";
import { silentLog } from "../../lib/http/log.ts";
import { createSandbox } from "../../lib/sandbox/mod.ts";
import { pushCallbacks, type RetryRule } from "../../lib/sandbox/callbacks.ts";
import { createServices } from "../../lib/services.ts";
import { withDatabase } from "../support/database.ts";
import { seeded } from "./storm_world.ts";

const URL_OF_CALLBACK = "https://app.example.com/api/wecom/callback";

async function company() {
  const sandbox = createSandbox({
    now: Date.now,
    random: Math.random,
    log: silentLog,
    publicOrigin: "https://app.example.com",
    seed: {
      kind: "built",
      build(builder) {
        builder.staff({ userId: "d1", name: "小陈" });
      },
    },
  });
  await sandbox.ready;
  return sandbox;
}

async function push(
  options: {
    twice?: number;
    late?: number;
    lost?: number;
    patienceMs?: number;
    retry?: () => RetryRule;
  },
  answer: (nth: number) => number | "never" = () => 200,
) {
  const sandbox = await company();
  const bodies: string[] = [];
  const feed = pushCallbacks({
    sandbox,
    url: URL_OF_CALLBACK,
    fetch: (_, init) => {
      bodies.push(String(init?.body));
      const status = answer(bodies.length);
      if (status !== "never") {
        return Promise.resolve(new Response(null, { status }));
      }
      return new Promise((_, fail) =>
        init?.signal?.addEventListener("abort", () => fail(new Error("late")))
      );
    },
    now: Date.now,
    random: seeded(5),
    log: silentLog,
    atOnce: 1,
    ...options,
  });
  for (let turn = 0; turn < 40; turn++) {
    const externalUserId = sandbox.world.customerAppears({ name: "客户" });
    sandbox.world.staffAddsContact({ userId: "d1", externalUserId });
  }
  await feed.stop();
  return { bodies, counts: feed.counts };
}

const RULES: [rule: RetryRule, answer: number | "never", sent: number][] = [
  ["non200", 500, 120],
  ["non200", 503, 120],
  ["non200", "never", 120],
  ["timeouts", 500, 40],
  ["timeouts", 503, 40],
  ["timeouts", "never", 120],
];

for (const [rule, answer, sent] of RULES) {
  Deno.test(`a sender by the rule of ${rule} who is answered ${answer} sends 40 events in ${sent} requests`, async () => {
    const { bodies, counts } = await push(
      { retry: () => rule, patienceMs: 2 },
      () => answer,
    );
    assert.equal(bodies.length, sent);
    assert.deepEqual(counts, { accepted: 0, failed: 40, lost: 0 });
  });
}

Deno.test("an event that is answered with 200 at last is accepted, by either rule", async () => {
  const answers = { non200: 503, timeouts: "never" } as const;
  for (const rule of ["non200", "timeouts"] as const) {
    const { counts } = await push(
      { retry: () => rule, patienceMs: 2 },
      (nth) => nth % 2 === 1 ? answers[rule] : 200,
    );
    assert.deepEqual(counts, { accepted: 40, failed: 0, lost: 0 });
  }
});

Deno.test("mishaps happen in the share that was asked for", async () => {
  const { counts: { accepted, lost } } = await push({ lost: 0.5 });
  assert.equal(accepted + lost, 40);
  assert.ok(lost > 10 && lost < 30);
  const twice = await push({ twice: 1, late: 0.5 });
  assert.equal(twice.counts.accepted, 80);
});

Deno.test("with nothing configured what happens in the sandbox reaches the mirror by itself", async () => {
  await withDatabase(async (database) => {
    const dataDir = await Deno.makeTempDir({ prefix: "app-" });
    const env: Record<string, string> = {
      SANDBOX: "1",
      DATABASE_URL: database.url,
      KV_PATH: ":memory:",
      DATA_DIR: dataDir,
    };
    const services = await createServices(readConfig((name) => env[name]), {
      log: silentLog,
    });
    try {
      const { world } = services.sandbox ?? assert.fail("no sandbox");
      const externalUserId = world.customerAppears({ name: "新客户" });
      world.staffAddsContact({ userId: "chenjing", externalUserId });
      const deadline = Date.now() + 15_000;
      let rows = 0;
      while (rows === 0 && Date.now() < deadline) {
        await new Promise((done) => setTimeout(done, 100));
        rows = (await database.sql`
          select 1 from contact_follow
          where external_user_id = ${externalUserId}`).length;
      }
      assert.equal(rows, 1);
    } finally {
      await services.close();
      await Deno.remove(dataDir, { recursive: true });
    }
  });
});
