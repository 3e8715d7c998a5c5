/**
 * What is acknowledged is kept: the driver alone loses the connection of a
 * transaction whose BEGIN is the hundredth statement that waits on it, and what
 * others write afterwards is acknowledged and never committed.
 */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { withDatabase } from "../support/database.ts";

/** Statements before and after a BEGIN, among which it must not get lost. */
const AROUND = 1_200;
/** What a connection of the driver takes before the first is answered. */
const PIPELINE = 100;

for (const max of [1, 10]) {
  Deno.test(
    `with ${max} connections and ${AROUND} statements around each BEGIN, whatever is acknowledged is there for another session`,
    async () => {
      await withDatabase(async ({ url, sql: other }) => {
        await other`create table note (id int primary key)`;
        const database = await openDatabase({
          url: new Secret(url),
          dataDir: "unused",
          max,
        });
        const { sql } = database;
        const acknowledged = new Set<number>();
        let id = 0;
        // Without parameters they are sent at once, one behind the other.
        const note = async (queries: Pick<typeof sql, "unsafe">) => {
          const own = id++;
          await queries.unsafe(`insert into note values (${own})`);
          return own;
        };
        const statements = (count: number) =>
          Array.from({ length: count }, async (_, at) => {
            if (at % 10 === 0) acknowledged.add(await note(sql));
            else await sql.unsafe("select 1");
          });
        // Every connection is open.
        await Promise.all(statements(max));
        for (let nth = -1; nth <= max; nth++) {
          const before = max * PIPELINE + nth;
          const work: Promise<unknown>[] = statements(before);
          // They are with the driver before it hears of the transaction.
          for (let tick = 0; tick < 5; tick++) await null;
          work.push(
            sql.begin(async (sql) => [await note(sql), await note(sql)])
              .then((both) => both.forEach((own) => acknowledged.add(own))),
            ...statements(AROUND - before),
          );
          await Promise.all(work);
          const rows = await other<{ id: number }[]>`select id from note`;
          const found = new Set(rows.map((row) => row.id));
          assert.deepEqual(found, acknowledged);
        }
        const { waiting, running } = database.health();
        assert.deepEqual({ waiting, running }, { waiting: 0, running: 0 });
        await database.close();
      });
    },
  );
}
