/** `deno task migrate` as an operator or a platform runs it. */
import assert from "node:assert/strict";
import { schemaState } from "../../lib/store/schema_state.ts";
import { serveCutter } from "../storm/cutter.ts";
import { createDice } from "../storm/dice.ts";
import { withDatabase } from "../support/database.ts";

async function run(env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "migrate"],
    cwd: new URL("../../", import.meta.url),
    env: { DENO_TIMELINE: "", MIGRATE_BRANCHES: "", ...env },
  }).output();
  const text = new TextDecoder();
  return { code, said: text.decode(stdout) + text.decode(stderr) };
}

Deno.test("It applies what is missing, once; a branch leaves the database alone", () =>
  withDatabase(async ({ sql, url }) => {
    await sql`alter schema public rename to aside`;
    await sql`create schema public`;
    const branch = { DATABASE_URL: url, DENO_TIMELINE: "git-branch/next" };
    const left = await run({ ...branch, DENO_DEPLOY: "1" });
    assert.equal(left.code, 0, left.said);
    assert.match(left.said, /没有迁移.*git-branch\/next.*MIGRATE_BRANCHES=1/);
    assert.equal(await schemaState(sql), "older", "nothing was touched");
    const first = await run({ DATABASE_URL: url, DENO_TIMELINE: "production" });
    assert.match(first.said, /已应用：.*create_main_tables/);
    assert.equal(await schemaState(sql), "current");
    const own = await run({ ...branch, MIGRATE_BRANCHES: "1" });
    assert.match(own.said, /数据库已是最新/);
  }));

Deno.test("Without DATABASE_URL it has nothing to do", async () => {
  const { code, said } = await run({ DATABASE_URL: "" });
  assert.equal(code, 0, said);
  assert.match(said, /内置数据库/);
});

Deno.test("It waits for a database that starts in the same moment", () =>
  withDatabase(async ({ url }) => {
    const address = new URL(url);
    const later = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = later.addr;
    later.close();
    const target = Number(address.port);
    address.port = String(port);
    const task = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "migrate"],
      cwd: new URL("../../", import.meta.url),
      env: { DENO_TIMELINE: "", DATABASE_URL: address.href },
      stdout: "piped",
    }).spawn();
    const lines = task.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await lines.read()).value ?? "", /暂时连不上/);
    const database = serveCutter("database", target, createDice(1), { port });
    assert.match((await lines.read()).value ?? "", /数据库已是最新/);
    assert.equal((await task.status).code, 0);
    await lines.cancel();
    await database.stop();
  }));
