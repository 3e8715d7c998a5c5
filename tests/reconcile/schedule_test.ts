/** What runs by the clock, where it is registered, and that it stops. */
import assert from "node:assert/strict";
import { onBranchTimeline } from "../../lib/config/mod.ts";
import { chatOfOrder } from "../../lib/chats/mirror.ts";
import { silentLog } from "../../lib/http/log.ts";
import {
  cron,
  reconcile,
  resumeReconcile,
  runJob,
  workOff,
} from "../../lib/schedule.ts";
import { build, run, start } from "../support/product.ts";
import { grown, pushStaff } from "./grown.ts";
import {
  createAsPrepared,
  MINUTE,
  prepared,
  SMALL,
  withCompany,
  withOrder,
} from "./support.ts";

Deno.test("each minute the inbox and the searches are worked off, though no request comes", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, customer } = await withOrder(company);
    createAsPrepared(company, await prepared(company, order, customer));
    const at = Math.floor(clock.now / 1000);
    await services.inbox.store({
      Event: "change_external_contact",
      ChangeType: "edit_external_contact",
      CreateTime: String(at),
      UserID: "li",
      ExternalUserID: customer,
    }, {
      kind: "contact",
      change: "edit_external_contact",
      at: at * 1000,
      wxUserId: "li",
      externalUserId: customer,
      state: null,
      source: null,
      failReason: null,
    });
    clock.now += 2 * MINUTE;
    await workOff.run(services);
    assert.ok(await chatOfOrder(services.sql, "o1"));
    const [row] = await services.sql<{ count: number }[]>`
      select count(*)::int as count from inbox_event where settled_at is null`;
    assert.equal(row?.count, 0);
  });
});

Deno.test("a signal cuts the night's run short, and the clock of the next instance goes on with it", async () => {
  await withCompany(grown(3, 40), async (company) => {
    const { services, sandbox, clock, another } = company;
    await pushStaff(company);
    const { calls, settings } = sandbox.world;
    settings.latencyMs = 20;
    const stopping = new AbortController();
    const night = runJob(reconcile, services, stopping.signal);
    const GET = "externalcontact/groupchat/get";
    while (calls.count(GET) < 8) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    stopping.abort();
    await night;
    assert.equal((await services.reconciler.latest())?.state, "cut");
    assert.ok(calls.count(GET) < 20, String(calls.count(GET)));
    await runJob(workOff, services, stopping.signal);
    settings.latencyMs = 0;
    clock.now += 16 * MINUTE;
    const next = await another();
    await runJob(resumeReconcile, next);
    const done = await next.reconciler.latest();
    assert.deepEqual([done?.state, done?.counts.added], ["done", 120]);
  });
});

Deno.test("a job that fails is told in the log, and thrown only where it is tried again", async () => {
  await withCompany(SMALL, async ({ services }) => {
    const told: unknown[] = [];
    const failing = {
      ...services,
      log: (_level: string, event: string) => void told.push(event),
    };
    const job = {
      name: "failing",
      run: () => Promise.reject(new Error("no database")),
    };
    await runJob({ ...job, again: [] }, failing);
    await assert.rejects(
      runJob({ ...job, again: [1] }, failing),
      /no database/,
    );
    assert.deepEqual(told, ["job.failed", "job.failed"]);
  });
});

Deno.test("a job whose process cannot start is told in the log like one that fails", async () => {
  const told: unknown[] = [];
  const deps = {
    services: () => Promise.reject(new Error("no database")),
    log: (_level: string, event: string) => void told.push(event),
    signal: new AbortController().signal,
    onBranch: () => false,
  };
  const [, once] = cron(workOff, deps);
  await once();
  const [, night] = cron(reconcile, deps);
  await assert.rejects(night(), /no database/);
  assert.deepEqual(told, ["job.failed", "job.failed"]);
});

Deno.test("on a branch's timeline a job finds that it has nothing to do", async () => {
  const table: [Record<string, string>, boolean][] = [
    [{}, true],
    [{ DENO_DEPLOY: "1", DENO_TIMELINE: "production" }, true],
    [{ DENO_DEPLOY: "1", DENO_TIMELINE: "git-branch/x" }, false],
    [{ DENO_DEPLOY: "1", DENO_TIMELINE: "preview/r1" }, false],
    [{ DENO_DEPLOY: "1" }, false],
  ];
  await withCompany(SMALL, async ({ services }) => {
    for (const [variables, wanted] of table) {
      let ran = false;
      let opened = false;
      const [, handler] = cron(
        {
          name: "job",
          again: [],
          run: () => Promise.resolve(void (ran = true)),
        },
        {
          services: () => (opened = true, Promise.resolve(services)),
          log: silentLog,
          signal: new AbortController().signal,
          onBranch: () => onBranchTimeline((name) => variables[name]),
        },
      );
      await handler();
      const what = JSON.stringify(variables);
      assert.deepEqual([ran, opened], [wanted, wanted], what);
    }
  });
});

/** Tells on the console which crons are registered after it. */
const TAP = `
  const { cron } = Deno;
  const tap = (name, when, options, handler) => {
    console.log("CRON " + name + " " + when + " " + (options.signal !== undefined));
    return cron(name, when, options, handler);
  };
  Object.defineProperty(Deno, "cron", { value: tap });`;

const ALL = [
  "reconcile 20 19 * * * true",
  "resume reconcile */5 * * * * true",
  "work off * * * * * true",
];

const cronsIn = (text: string) =>
  [...text.matchAll(/^CRON (.*)$/gm)].map(([, cron]) => cron);

Deno.test("the server's entry registers the crons on every timeline, and a signal ends them", async () => {
  await build();
  const dataDir = await Deno.makeTempDir();
  const tap = `${dataDir}/tap.js`;
  const entry = `${dataDir}/entry.js`;
  const server = new URL("../../_fresh/server.js", import.meta.url).href;
  await Deno.writeTextFile(tap, TAP);
  await Deno.writeTextFile(
    entry,
    `import "./tap.js"; export { default } from "${server}";`,
  );
  const args = ["serve", "-A", "--no-check", "--config=deno.json"];
  const product = await start(
    { DATA_DIR: dataDir, DENO_DEPLOY: "1", DENO_TIMELINE: "git-branch/x" },
    (port) => Promise.resolve([...args, `--port=${port}`, entry]),
  );
  assert.equal(await product.stop(), 0);
  assert.deepEqual(cronsIn(product.text()), ALL, product.text());
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("a build registers none", async () => {
  const tap = `--preload=data:text/javascript,${encodeURIComponent(TAP)}`;
  const { text } = await run(["run", "-A", tap, "dev.ts", "build"], {});
  assert.match(text, /Assets written/);
  assert.deepEqual(cronsIn(text), []);
});
