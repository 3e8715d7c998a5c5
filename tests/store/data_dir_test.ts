/** `DATA_DIR` has one owner, and only the owner reads it. */
import assert from "node:assert/strict";
import { ConfigError, readConfig } from "../../lib/config/mod.ts";
import { claimDataDir, DataDirError } from "../../lib/store/data_dir.ts";

const ADDRESS = "http://localhost:8000";

async function withDirectory(
  fn: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "data-" });
  try {
    await fn(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const modeOf = async (path: string) =>
  ((await Deno.stat(path)).mode ?? 0) & 0o777;

Deno.test("The second is told who holds it, until the first gives it back", () =>
  withDirectory(async (directory) => {
    const at = Date.UTC(2026, 10, 26, 9, 30);
    const claim = await claimDataDir(directory, ADDRESS, () => at);
    await assert.rejects(claimDataDir(directory, "http://localhost:9000"), {
      name: "DataDirError",
      message: new RegExp(
        `DATA_DIR.*${Deno.pid}.*2026-11-26T09:30:00.000Z.*${ADDRESS}.*DATABASE_URL`,
      ),
    });
    claim.release();
    claim.release();
    (await claimDataDir(directory, ADDRESS)).release();
  }));

Deno.test("A holder that is killed holds nothing, whatever it left behind", () =>
  withDirectory(async (directory) => {
    const module = new URL("../../lib/store/data_dir.ts", import.meta.url);
    const holder = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `import { claimDataDir } from ${JSON.stringify(module.href)};
         await claimDataDir(${JSON.stringify(directory)}, "here");
         console.log("held");
         setInterval(() => {}, 1000);`,
      ],
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    await reader.read();
    await assert.rejects(
      claimDataDir(directory, ADDRESS),
      new RegExp(`${holder.pid}`),
    );
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    const claim = await claimDataDir(directory, ADDRESS);
    const owner = await Deno.readTextFile(`${directory}/owner.json`);
    assert.equal(JSON.parse(owner).pid, Deno.pid);
    claim.release();
  }));

Deno.test({
  name:
    "What lies there is closed to others, and what is not ours is left alone",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withDirectory(async (root) => {
      const [own, shared] = [`${root}/own`, `${root}/shared`];
      for (const directory of [own, shared]) {
        await Deno.mkdir(`${directory}/postgres`, { recursive: true });
        for (const name of ["kv.sqlite3", "kv.sqlite3-wal", "sandbox.jsonl"]) {
          await Deno.writeTextFile(`${directory}/${name}`, "");
          await Deno.chmod(`${directory}/${name}`, 0o644);
        }
        await Deno.chmod(directory, 0o755);
      }
      await Deno.writeTextFile(`${shared}/of-another`, "");
      await Deno.chmod(`${shared}/of-another`, 0o644);
      for (const directory of [own, shared, `${root}/new/below`]) {
        (await claimDataDir(directory, ADDRESS)).release();
        for await (const { name } of Deno.readDir(directory)) {
          if (name === "of-another") continue;
          const mode = await modeOf(`${directory}/${name}`);
          assert.equal(mode & 0o077, 0, `${directory}/${name}`);
        }
      }
      assert.equal(await modeOf(own), 0o700);
      assert.equal(await modeOf(`${root}/new/below`), 0o700);
      assert.equal(await modeOf(shared), 0o755);
      assert.equal(await modeOf(`${shared}/of-another`), 0o644);
    }),
});

Deno.test("A directory that cannot be written is named, by its variable", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    const below = `${directory}/file/data`;
    await assert.rejects(claimDataDir(below, ADDRESS), (error: unknown) => {
      assert.ok(error instanceof DataDirError);
      assert.match(error.message, /DATA_DIR.*不可写/);
      return true;
    });
    // The sandbox's keys are the first that are written there.
    assert.throws(
      () => readConfig((name) => name === "DATA_DIR" ? below : undefined),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /DATA_DIR cannot be read and written/);
        return true;
      },
    );
  }));
