/**
 * What docs/operations.md says of a backup, by its own commands: it holds all, it
 * tells no number, and a process starts on what was restored.
 */
import assert from "node:assert/strict";
import { chainAudit } from "../../lib/audit/chain.ts";
import { verifyAudit } from "../../lib/audit/verify.ts";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { startEmbedded } from "../../lib/store/embedded_server.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";
import { documented } from "../support/documented.ts";
import { copy, databaseDirectory } from "../support/files.ts";
import { withRoles } from "./roles.ts";

const server = Deno.env.get("TEST_DATABASE_URL") ?? "";

async function migrated(url: string): Promise<string[]> {
  const database = await openDatabase({
    url: new Secret(url),
    dataDir: "",
    max: 1,
  });
  try {
    return await migrate(database.sql, await readMigrations());
  } finally {
    await database.close();
  }
}

/** A company that has worked for a while. */
async function work(app: TestApp): Promise<void> {
  await pushAll(app);
  const { data } = await app.as("d1").flow("customer.match", { orderId: "O1" });
  assert.equal(data.status, "matched");
  const { services: { sql, now, log } } = app;
  await chainAudit({ sql, now, log });
}

/** All of it is there, and goes on. */
async function goesOn(app: TestApp): Promise<void> {
  const ready = await app.as(null).fetch("/readyz");
  assert.equal(ready.status, 200, await ready.text());
  const found = await app.as("d1").flow("order.get", { orderId: "O1" });
  assert.match(JSON.stringify(found.data), /138\*{4}8000/);
  const match = await app.as("d1").flow("customer.match", { orderId: "O1" });
  assert.equal(match.data.status, "matched");
  const { services: { sql } } = app;
  assert.equal((await verifyAudit(sql)).kind, "sound");
  const response = await push(app, "orders", {
    orders: [order({ orderId: "after-it" })],
  });
  assert.equal(response.status, 200, await response.text());
}

Deno.test({
  name:
    "The documented backup is whole, tells no number, and starts with its own key alone",
  ignore: !server,
  fn: () =>
    withRoles(server, async ({ name, as, migrated: after }) => {
      await migrated(as("owner"));
      await after();
      const seed = world().seed;
      const env = { DATABASE_URL: as("app") };
      await withApp({ seed, env }, work);

      const directory = await Deno.makeTempDir({ prefix: "backup-" });
      try {
        const [commands = ""] = await documented(
          "operations",
          "### Backup",
          "sh",
          name,
        );
        await shell(commands, directory, as("backup"));
        const told = await shell(`pg_restore -f - ${name}.dump`, directory);
        assert.match(told, /COPY public\.customer_order/);
        assert.ok(!told.includes(PHONE));
      } finally {
        await Deno.remove(directory, { recursive: true });
      }

      const rehearsal = `${name}_rehearsal`;
      assert.deepEqual(await migrated(as("owner", rehearsal)), []);
      const restored = { DATABASE_URL: as("app", rehearsal) };
      await withApp({ seed, env: restored }, goesOn);
      const other = { ...restored, DATA_KEY: "f0e1d2c3b4a5".repeat(4) };
      await assert.rejects(
        withApp({ seed, env: other }, () => Promise.resolve()),
        /DATA_KEY/,
      );
    }),
});

/** As a person does it who may do all at the server. */
async function shell(
  commands: string,
  cwd: string,
  backupUrl = "",
): Promise<string> {
  const { hostname, port, username, password } = new URL(server);
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", commands],
    cwd,
    env: {
      BACKUP_URL: backupUrl,
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: decodeURIComponent(password),
    },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "A copy of the embedded data, made while it is stopped, goes on",
  ignore: server !== "",
  fn: async () => {
    const first = await databaseDirectory("backup-");
    const second = await databaseDirectory("backup-");
    const seed = world().seed;
    try {
      await onDirectory(first, async (url) => {
        await migrated(url);
        await withApp({ seed, env: { DATABASE_URL: url } }, work);
      });
      await copy(first, second);
      await onDirectory(second, async (url) => {
        assert.deepEqual(await migrated(url), []);
        await withApp({ seed, env: { DATABASE_URL: url } }, goesOn);
      });
    } finally {
      await Deno.remove(first, { recursive: true });
      await Deno.remove(second, { recursive: true });
    }
  },
});

async function onDirectory(
  directory: string,
  fn: (url: string) => Promise<void>,
): Promise<void> {
  const embedded = await startEmbedded(directory);
  try {
    await fn(embedded.url);
  } finally {
    await embedded.stop();
  }
}
