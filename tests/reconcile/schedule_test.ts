/** What runs by the clock, where it is registered, and that it stops. */
import assert from "node:assert/strict";
import { chatOfOrder } from "../../lib/groups/chats.ts";
import { JOBS, runJob } from "../../lib/schedule.ts";
import { grown, pushStaff } from "./grown.ts";
import {
  createAsPrepared,
  MINUTE,
  prepared,
  SMALL,
  withCompany,
  withOrder,
} from "./support.ts";

const ROOT = new URL("../../", import.meta.url);

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
    const job = JOBS.find(({ when }) => when === "* * * * *");
    await job?.run(services);
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
    const job = (name: string) => {
      const found = JOBS.find((job) => job.name === name);
      assert.ok(found);
      return found;
    };
    const { calls, settings } = sandbox.world;
    settings.latencyMs = 20;
    const stopping = new AbortController();
    const night = runJob(job("reconcile"), services, stopping.signal);
    const GET = "externalcontact/groupchat/get";
    while (calls.count(GET) < 8) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    stopping.abort();
    await night;
    assert.equal((await services.reconciler.latest())?.state, "cut");
    assert.ok(calls.count(GET) < 20, String(calls.count(GET)));
    await runJob(job("work off"), services, stopping.signal);
    settings.latencyMs = 0;
    clock.now += 16 * MINUTE;
    const next = await another();
    await runJob(job("resume reconcile"), next);
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
      when: "* * * * *",
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

async function readTo(
  stream: Deno.SubprocessReadableStream,
  end: string,
): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes(end)) break;
  }
  return text;
}

/** A server as the build writes it, which tells what it registered. */
async function serve(
  env: Record<string, string>,
  end: Deno.Signal = "SIGKILL",
): Promise<{ crons: string[]; code: number }> {
  const directory = await Deno.makeTempDir({ prefix: "schedule-" });
  await Deno.mkdir(`${directory}/_fresh`);
  await Deno.writeTextFile(
    `${directory}/_fresh/crons.js`,
    `export const crons = [];
    const { cron } = Deno;
    Object.defineProperty(Deno, "cron", {
      value: (...args) => (crons.push(args[0]), cron(...args)),
    });`,
  );
  await Deno.writeTextFile(
    `${directory}/_fresh/server.js`,
    `import { crons } from "./crons.js";
    import "${new URL("lib/schedule.ts", ROOT).href}";
    console.log(JSON.stringify(crons));
    export default { fetch: () => new Response("ok") };`,
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "-A",
      "--no-check",
      "--host=127.0.0.1",
      "--port=0",
      `--config=${decodeURIComponent(new URL("deno.json", ROOT).pathname)}`,
      `${directory}/_fresh/server.js`,
    ],
    env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [text] = await Promise.all([
    readTo(child.stdout, "]\n"),
    readTo(child.stderr, "Listening"),
  ]);
  child.kill(end);
  // A cron that is not stopped would keep the process.
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const { code } = await child.status;
  clearTimeout(late);
  await Deno.remove(directory, { recursive: true });
  const line = text.split("\n").find((line) => line.startsWith("["));
  return { crons: JSON.parse(line ?? "null"), code };
}

const ALL = JOBS.map(({ name }) => name);

Deno.test("deno serve on an own host registers the crons, and a signal still ends it", async () => {
  const { crons, code } = await serve({}, "SIGTERM");
  assert.deepEqual(crons, ALL);
  assert.notEqual(code, 137);
});

Deno.test("on Deno Deploy only the production timeline has crons", async () => {
  const branch = { DENO_DEPLOY: "1", DENO_TIMELINE: "git-branch/x" };
  assert.deepEqual((await serve(branch)).crons, []);
  const production = { DENO_DEPLOY: "1", DENO_TIMELINE: "production" };
  assert.deepEqual((await serve(production)).crons, ALL);
});
