/** `deno task doctor` as it is run: what it prints, and that it leaves no trace. */
import assert from "node:assert/strict";
import { run } from "../support/product.ts";

async function doctor(dataDir: string, ...args: string[]) {
  const found = await run(["run", "-A", "lib/tasks/doctor.ts", ...args], {
    DATA_DIR: dataDir,
  });
  return { ...found, files: await namesIn(dataDir) };
}

async function namesIn(dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(dir)) names.push(name);
  return names;
}

Deno.test("The doctor without variables keeps no keys, and reads those that are kept", async () => {
  const dataDir = await Deno.makeTempDir();
  const { text, files } = await doctor(dataDir, "mode", "configuration");
  assert.match(text, /沙箱/);
  assert.deepEqual(files, []);
  await Deno.mkdir(`${dataDir}/data_key`);
  const broken = await doctor(dataDir, "configuration");
  assert.match(broken.text, /DATA_DIR cannot be read/);
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("A check that does not exist is told in JSON where JSON was asked for", async () => {
  const dataDir = await Deno.makeTempDir();
  const { code, text, files } = await doctor(dataDir, "--json", "no-such");
  assert.equal(code, 1);
  const told = JSON.parse(text);
  assert.equal(told.ok, false);
  assert.deepEqual(told.checks, []);
  assert.match(told.error, /no-such/);
  assert.deepEqual(files, []);
  await Deno.remove(dataDir, { recursive: true });
});
