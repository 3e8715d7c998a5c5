/** Every way of starting refuses another's database: one sentence, exit 1. */
import assert from "node:assert/strict";
import { ConfigError, readConfig, Secret } from "../../lib/config/mod.ts";
import { openDatabase, OutageError } from "../../lib/store/database.ts";
import { OwnerError } from "../../lib/owner/error.ts";
import { claimDatabase } from "../../lib/owner/mark.ts";
import { silentLog } from "../../lib/http/log.ts";
import { createServices } from "../../lib/services.ts";
import { createVault } from "../../lib/store/vault.ts";
import { ORIGIN, unstartedApp, withApp } from "../support/app.ts";
import { onRealPostgres, withDatabase } from "../support/database.ts";
import { run } from "../support/product.ts";
import { COMPANY } from "./rows.ts";

const KEY = "data-key-0123456789-ABCDEFGHIJKLMN";
const APP = {
  WECOM_CORP_ID: COMPANY.corpId,
  WECOM_AGENT_ID: "1000002",
  WECOM_SECRET: "s",
  // Nobody answers there, and nobody is to be asked.
  WECOM_API_BASE: "http://127.0.0.1:1",
};
const KEYS = {
  SESSION_SECRET: `session-${KEY}`,
  DATA_KEY: KEY,
  PUBLIC_ORIGIN: "http://localhost:8000",
};
const TASKS = ["serve", "sync", "dead_letters", "migrate", "rotate"];

const strangers: [string, Record<string, string>, RegExp][] = [
  [
    "the sandbox",
    { ...KEYS, SANDBOX: "1" },
    /^ {2}DATABASE_URL belongs to the company ww1: the sandbox does not/m,
  ],
  [
    "another company",
    { ...KEYS, ...APP, WECOM_CORP_ID: "ww2" },
    /^ {2}DATABASE_URL belongs to the company ww1, and WECOM_CORP_ID is ww2$/m,
  ],
  [
    "a process with another key",
    { ...KEYS, ...APP, DATA_KEY: `other-${KEY}` },
    /^ {2}DATA_KEY is not the key of this database: /m,
  ],
  [
    "a process that lost the variables of its company",
    { ...KEYS, WECOM_CORP_ID: " " },
    /^ {2}WECOM_CORP_ID is missing: DATABASE_URL is set \(SANDBOX=1 for/m,
  ],
];

Deno.test("Each task refuses, in a sentence and without touching a row", async (t) => {
  await withDatabase(async ({ sql, url }) => {
    await claimDatabase(sql, COMPANY, createVault(new Secret(KEY)));
    const dataDir = await Deno.makeTempDir({ prefix: "owner-" });
    for (const [who, env, expected] of strangers) {
      for (const task of TASKS) {
        // It migrates only, and so needs neither the key nor an app.
        const asksLess = task === "migrate" && /key|lost/.test(who);
        await t.step(`${task}, ${who}`, async () => {
          const { code, text } = await run(
            ["run", "-A", `lib/tasks/${task}.ts`],
            { ...env, DATABASE_URL: url, DATA_DIR: dataDir },
          );
          assert.equal(code, asksLess ? 0 : 1, text);
          if (asksLess) return;
          assert.match(text, expected);
          assert.ok(!/\n {4}at |•|postgres:\/\//.test(text), text);
        });
      }
    }
    assert.equal((await sql`select 1 from staff`).length, 0);
    assert.equal((await sql`select 1 from reconcile_run`).length, 0);
    await Deno.remove(dataDir, { recursive: true });
  });
});

Deno.test({
  name:
    "A database that is not in UTF-8 is refused before anything is made in it",
  // The embedded one is always in UTF-8.
  ignore: !onRealPostgres,
  async fn() {
    const server = Deno.env.get("TEST_DATABASE_URL") ?? "";
    const { sql, close } = await openDatabase({
      url: new Secret(server),
      dataDir: "",
      max: 1,
    });
    const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
    await sql.unsafe(
      `create database ${name} encoding 'SQL_ASCII' locale 'C' template template0`,
    );
    const url = new URL(server);
    url.pathname = `/${name}`;
    const dataDir = await Deno.makeTempDir({ prefix: "owner-" });
    try {
      for (const task of ["migrate", "serve"]) {
        const { code, text } = await run(
          ["run", "-A", `lib/tasks/${task}.ts`],
          { ...KEYS, ...APP, DATABASE_URL: url.href, DATA_DIR: dataDir },
        );
        assert.equal(code, 1, text);
        assert.match(text, /^ {2}DATABASE_URL is encoded in SQL_ASCII.*UTF8/m);
      }
      const config = readConfig((one) =>
        ({ ...KEYS, ...APP, DATABASE_URL: url.href, DATA_DIR: dataDir })[one]
      );
      await assert.rejects(
        createServices(config, { log: silentLog }),
        /SQL_ASCII/,
      );
    } finally {
      await sql.unsafe(`drop database ${name} with (force)`);
      await close();
      await Deno.remove(dataDir, { recursive: true });
    }
  },
});

Deno.test("An embedded database of the demo is refused to a company, and named by DATA_DIR", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "owner-" });
  const start = (env: Record<string, string>) =>
    createServices(
      readConfig((name) =>
        ({ ...KEYS, DATA_DIR: dataDir, KV_PATH: ":memory:", ...env })[name]
      ),
      { log: silentLog },
    );
  const tried = await start({});
  await tried.close();
  await assert.rejects(
    start(APP),
    (error) =>
      error instanceof OwnerError && error.part === "company" &&
      error.problems[0]?.name === "DATA_DIR",
  );
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("/readyz names company and canary while the process runs", async () => {
  await withApp({}, async (app) => {
    const { sql } = app.services;
    const failing = async () => {
      const response = await app.as(null).fetch("/readyz");
      const { details } = await response.json();
      return [response.status, details?.failing];
    };
    assert.deepEqual(await failing(), [200, undefined]);
    await sql`update data_key_canary set key_id = 'another'`;
    assert.deepEqual(await failing(), [503, ["canary"]]);
    await sql`update database_owner set mode = 'wecom', corp_id = 'ww1'`;
    assert.deepEqual(await failing(), [503, ["canary", "company"]]);
  });
});

Deno.test("A server that must not start answers /readyz with the reason's name, and is up", async () => {
  const table: [Error, string][] = [
    [new OwnerError("company", "DATABASE_URL", "belongs to ww1"), "company"],
    [new OwnerError("canary", "DATA_KEY", "is another"), "canary"],
    [new OwnerError("schema", "DATABASE_URL", "is not migrated"), "schema"],
    [new ConfigError([]), "configuration"],
    [new OutageError("ECONNREFUSED", "nobody answers"), "database"],
    [new OutageError("28P01", "ww1 is refused"), "database"],
    [new Error("geheim"), "start"],
  ];
  for (const [error, part] of table) {
    const logged: string[] = [];
    const ask = unstartedApp(error, (_, name) => logged.push(name));
    const response = await ask(new Request(`${ORIGIN}/readyz`));
    const text = await response.text();
    assert.equal(response.status, 503);
    assert.deepEqual(JSON.parse(text).details.failing, [part]);
    assert.ok(!/geheim|ww1/.test(text), "the log alone says more");
    assert.ok(logged.includes("readyz.not_started"));
    const alive = await ask(new Request(`${ORIGIN}/healthz`));
    assert.equal((await alive.text(), alive.status), 200);
  }
});

Deno.test("Nobody who asks by the clock waits for a start that hangs", async () => {
  const ask = unstartedApp("not yet", silentLog);
  const alive = await ask(new Request(`${ORIGIN}/healthz`));
  assert.equal((await alive.text(), alive.status), 200);
  const ready = await ask(new Request(`${ORIGIN}/readyz`));
  assert.equal(ready.status, 503);
  assert.deepEqual((await ready.json()).details.failing, ["start"]);
});
