/** The doctor's checks of what is ours: rights in the database, what phones said. */
import assert from "node:assert/strict";
import { examine, tell } from "../../lib/doctor/doctor.ts";
import { healthy, one, parts } from "./support.ts";

Deno.test("What the client said is for one's own people, and only its function and code for others", () =>
  healthy(async ({ app }) => {
    const fail = (api: string, errMsg: string) =>
      app.as("d1").flow("client.failed", { api, errMsg, client: "test" });
    await fail(
      "openEnterpriseChat",
      "fail group 王女士-服务群 owner zhangsan@corp.com",
    );
    await fail("agentConfig", "fail 40093 of 王女士");
    await fail("王女士", "fail");
    const line = await one(app, "clients");
    assert.equal(line.state, "warning");
    assert.match(line.cause, /openEnterpriseChat：1 次/);
    assert.match(line.cause, /agentConfig 40093：1 次/);
    assert.doesNotMatch(tell(line, true).join("\n"), /王女士|zhangsan/);
    assert.match(tell(line).join("\n"), /王女士-服务群 owner zhangsan/);
  }));

Deno.test("A database that is not migrated is named as that by whatever needs it", () =>
  healthy(async ({ app }) => {
    const { begin } = app.services.sql;
    const told: [string, boolean][] = [];
    const names = ["company", "data-key", "staff", "orders"];
    for (const name of names) {
      // The statement that fails ends the transaction.
      await assert.rejects(begin(async (sql) => {
        // None of our tables is found.
        await sql.unsafe("set local search_path to pg_catalog");
        const inside = Object.assign(sql, { begin });
        const given = { ...parts(app), sql: () => Promise.resolve(inside) };
        const [line] = await examine(given, 10_000, [name]);
        const { state, cause = "" } = line ?? {};
        told.push([
          name,
          state === "failed" && /deno task migrate/.test(cause),
        ]);
      }));
    }
    assert.deepEqual(told, names.map((name) => [name, true]));
  }));

Deno.test("A role that may not do all with orders is told", () =>
  healthy(async ({ app }) => {
    const rights = ["select", "insert", "update", "delete"];
    const role = `reader_${crypto.randomUUID().replaceAll("-", "")}`;
    const undone = new Error("all of it is undone");
    const states: (string | undefined)[] = [];
    await assert.rejects(
      app.services.sql.begin(async (sql) => {
        const { begin } = app.services.sql;
        const inside = Object.assign(sql, { begin });
        await sql.unsafe(`create role ${role}`);
        for (const right of rights) {
          await sql.unsafe(`grant ${right} on customer_order to ${role}`);
          await sql.unsafe(`set local role ${role}`);
          const given = { ...parts(app), sql: () => Promise.resolve(inside) };
          const [line] = await examine(given, 10_000, ["database"]);
          states.push(line?.state);
          await sql.unsafe("reset role");
        }
        throw undone;
      }),
      undone,
    );
    assert.deepEqual(states, ["failed", "failed", "failed", "ok"]);
  }));
