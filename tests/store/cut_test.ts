/** What the driver does not survive by itself: connections that break. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/mod.ts";
import { isOutage, openDatabase } from "../../lib/store/database.ts";
import { createDice } from "../storm/dice.ts";
import { serveCutter } from "../storm/cutter.ts";
import { withDatabase } from "../support/database.ts";

Deno.test("a connection that breaks while a transaction does something else fails the transaction, not the process", async () => {
  await withDatabase(async ({ url }) => {
    const far = new URL(url);
    const wire = serveCutter("database", Number(far.port), createDice(1));
    far.port = String(wire.port);
    const { sql, close } = await openDatabase({
      url: new Secret(far.href),
      dataDir: "unused",
      max: 2,
    });
    let asked: unknown = null;
    const work = Promise.withResolvers<void>();
    const transaction = sql.begin(async (sql) => {
      await sql`select 1`;
      wire.cutAll();
      // Until the driver has noticed.
      await assert.rejects(transaction, isOutage);
      try {
        await sql`select 2`;
      } catch (error) {
        asked = error;
        throw error;
      } finally {
        work.resolve();
      }
    });
    await assert.rejects(transaction, isOutage);
    await work.promise;
    assert.ok(isOutage(asked));
    // The pool goes on with another connection.
    const [row] = await sql<{ one: number }[]>`select 1 as one`;
    assert.equal(row?.one, 1);
    await close();
    wire.stop();
  });
});
