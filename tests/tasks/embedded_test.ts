/** Tasks beside a running server on embedded data: each says why not, and ends. */
import assert from "node:assert/strict";
import { claimDataDir } from "../../lib/store/data_dir.ts";

for (const task of ["serve", "sync", "dead_letters", "rotate"]) {
  Deno.test(`${task} beside a running server says who has the data`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "data-" });
    const claim = await claimDataDir(directory, "http://localhost:8123");
    try {
      const { code, stdout, stderr } = await new Deno.Command(
        Deno.execPath(),
        {
          args: ["run", "-A", `lib/tasks/${task}.ts`],
          cwd: new URL("../../", import.meta.url),
          env: { DATA_DIR: directory, DATABASE_URL: "" },
        },
      ).output();
      const said = new TextDecoder().decode(stdout) +
        new TextDecoder().decode(stderr);
      assert.equal(code, 1, said);
      assert.match(
        said,
        new RegExp(`进程 ${Deno.pid}（.*http://localhost:8123`),
      );
      assert.equal(said.trim().split("\n").length, 1, said);
    } finally {
      claim.release();
      await Deno.remove(directory, { recursive: true });
    }
  });
}
