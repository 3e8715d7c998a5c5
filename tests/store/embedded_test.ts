/** The embedded database in `DATA_DIR`: how it is made, and found again. */
import assert from "node:assert/strict";
import { claimDataDir } from "../../lib/store/data_dir.ts";
import { openDatabase } from "../../lib/store/database.ts";

async function withDataDir(
  fn: (dataDir: string) => Promise<void>,
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "embedded-" });
  try {
    await fn(dataDir);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

Deno.test("A first start that was killed half-way is begun again, and what is there then stays", () =>
  withDataDir(async (dataDir) => {
    // As a kill leaves it: some of the files, and not in their place.
    await Deno.mkdir(`${dataDir}/postgres.new/base/1`, { recursive: true });
    await Deno.writeTextFile(`${dataDir}/postgres.new/PG_VERSION`, "18\n");
    for (const round of [1, 2]) {
      const { sql, close } = await openDatabase({ url: null, dataDir });
      await sql`create table if not exists kept (name text)`;
      await sql`insert into kept values ('客户')`;
      const rows = await sql<{ name: string }[]>`select name from kept`;
      assert.deepEqual(rows.map((row) => row.name), Array(round).fill("客户"));
      await close();
    }
    const names = [...Deno.readDirSync(dataDir)].map((entry) => entry.name);
    assert.deepEqual(names.sort(), ["lock", "owner.json", "postgres"]);
  }));

Deno.test("A database whose start was killed starts again, whatever the start had written", () =>
  withDataDir(async (dataDir) => {
    const first = await openDatabase({ url: null, dataDir });
    await first.sql`create table kept (name text)`;
    await first.close();
    const holder = `${dataDir}/postgres/postmaster.pid`;
    for (const left of ["", "4"]) {
      await Deno.writeTextFile(holder, left);
      const { sql, close } = await openDatabase({ url: null, dataDir });
      await sql`insert into kept values (${left})`;
      await close();
    }
    const { sql, close } = await openDatabase({ url: null, dataDir });
    assert.equal((await sql`select * from kept`).length, 2);
    await close();
  }));

Deno.test("An empty directory is filled where it is: it may be a volume", () =>
  withDataDir(async (dataDir) => {
    await Deno.mkdir(`${dataDir}/postgres`);
    const { ino } = await Deno.stat(`${dataDir}/postgres`);
    const { sql, close } = await openDatabase({ url: null, dataDir });
    const [row] = await sql<{ n: number }[]>`select 1 as n`;
    await close();
    assert.equal(row?.n, 1);
    assert.equal((await Deno.stat(`${dataDir}/postgres`)).ino, ino);
    const names = [...Deno.readDirSync(dataDir)].map((entry) => entry.name);
    assert.deepEqual(names.sort(), ["lock", "owner.json", "postgres"]);
  }));

Deno.test("A fill that was killed half-way is begun again, and nobody else's files are touched", () =>
  withDataDir(async (dataDir) => {
    await Deno.mkdir(`${dataDir}/postgres/base`, { recursive: true });
    const half = `${dataDir}/postgres/PG_VERSION`;
    await Deno.writeTextFile(half, "18\n");
    await assert.rejects(openDatabase({ url: null, dataDir }));
    assert.equal(await Deno.readTextFile(half), "18\n");

    await Deno.writeTextFile(`${dataDir}/postgres.filling`, "");
    const { sql, close } = await openDatabase({ url: null, dataDir });
    assert.equal((await sql`select 1`).length, 1);
    await close();
  }));

Deno.test("A database that cannot be made says why, and leaves the directory free", () =>
  withDataDir(async (dataDir) => {
    // A file where the new one would come.
    await Deno.symlink(`${dataDir}/nowhere/at/all`, `${dataDir}/postgres.new`);
    await assert.rejects(
      openDatabase({ url: null, dataDir }),
      /postgres\.new/,
    );
    (await claimDataDir(dataDir, "here")).release();
  }));
