/** A change begins the development server anew; a signal ends it. */
import assert from "node:assert/strict";
import { changedLately } from "../../lib/tasks/changed_lately.ts";

Deno.test("What was written, made or removed lately is seen, however deep", async () => {
  const root = await Deno.makeTempDir();
  const deep = `${root}/a/b`;
  await Deno.mkdir(deep, { recursive: true });
  await Deno.writeTextFile(`${deep}/one`, "");
  const old = new Date(Date.now() - 60_000);
  const age = async () => {
    for (const path of [`${deep}/one`, deep, `${root}/a`, root]) {
      await Deno.utime(path, old, old);
    }
  };
  await age();
  assert.equal(changedLately([root]), false);
  await Deno.writeTextFile(`${deep}/one`, "changed");
  assert.equal(changedLately([root]), true);
  await age();
  await Deno.writeTextFile(`${deep}/two`, "");
  await Deno.utime(`${deep}/two`, old, old);
  assert.equal(changedLately([root]), true);
  await age();
  assert.equal(changedLately([root]), false);
  await Deno.remove(`${deep}/two`);
  assert.equal(changedLately([root]), true);
  await Deno.remove(root, { recursive: true });
});
