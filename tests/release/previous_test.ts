/**
 * The release before, itself, on the schema of now: its own tests are taken out of
 * git, with our migrations in the place of its own. A copy of the product without
 * its history cannot do this; `expand_test.ts` holds there too.
 */
import assert from "node:assert/strict";
import { readMigrations } from "../../lib/store/migrate.ts";
import { onRealPostgres } from "../support/database.ts";
import { PREVIOUS } from "./previous.ts";

const root = new URL("../../", import.meta.url);

/**
 * Each kind of row is written and read by one of them. A journey alone goes over
 * all tables, too: where each test has to make an embedded database first.
 */
const TESTS = !onRealPostgres ? ["tests/flows/journey_test.ts"] : [
  "tests/flows/journey_test.ts",
  "tests/groups/life_test.ts",
  "tests/groups/endings_test.ts",
  "tests/inbox/worker_test.ts",
  "tests/contacts/sync_test.ts",
  "tests/erp/inbound_test.ts",
];

async function git(...args: string[]) {
  try {
    return await new Deno.Command("git", { args, cwd: root }).output();
  } catch {
    return null; // There is no git.
  }
}

const known = await git("cat-file", "-e", `${PREVIOUS.commit}^{commit}`);

Deno.test({
  name: "The release before passes its own tests on this schema",
  ignore: !known?.success,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "previous-" });
    try {
      const tar = `${directory}/release.tar`;
      const made = await git("archive", "-o", tar, PREVIOUS.commit);
      assert.ok(made?.success);
      const home = `${directory}/release`;
      await Deno.mkdir(home);
      const unpacked = await new Deno.Command("tar", {
        args: ["xf", tar, "-C", home],
      }).output();
      assert.ok(unpacked.success);
      for (const { name, text } of await readMigrations()) {
        // Its runner knows transactions only.
        const plain = name.endsWith(".concurrent.sql")
          ? text.replace(/\bconcurrently\b/i, "")
          : text;
        await Deno.writeTextFile(`${home}/migrations/${name}`, plain);
      }
      await Deno.symlink(
        new URL("node_modules", root),
        `${home}/node_modules`,
        { type: "dir" },
      );
      const { success, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["test", "-A", "--no-check", ...TESTS],
        cwd: home,
        env: { NO_COLOR: "1" },
        stderr: "null",
      }).output();
      const said = new TextDecoder().decode(stdout);
      assert.ok(success, said.slice(-6_000));
      assert.match(said, /\| 0 failed/);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
