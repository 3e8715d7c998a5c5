/** The doctor's checks of what is ours: rights in the database. */
import assert from "node:assert/strict";
import { examine } from "../../lib/doctor/doctor.ts";
import { healthy, parts } from "./support.ts";

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
