/**
 * `deno task start` installs every package that the root's `deno.json` names, on
 * a person's machine and in production. What only tests need is in `tests/tools`.
 */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const PRODUCT = ["lib", "routes", "islands"];

async function sourcesIn(folder: URL): Promise<string[]> {
  const texts: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      texts.push(...await sourcesIn(new URL(`${name}/`, folder)));
    } else if (/\.(tsx?|less)$/.test(name)) {
      texts.push(await Deno.readTextFile(new URL(name, folder)));
    }
  }
  return texts;
}

Deno.test("Each package that a start installs is one that the product asks for", async () => {
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const folders = PRODUCT.map((name) => sourcesIn(new URL(`${name}/`, ROOT)));
  const text = (await Promise.all(folders)).flat().join("\n");
  const idle = Object.keys(imports).filter((name) =>
    !text.includes(`"${name}"`) && !text.includes(`"${name}/`)
  );
  assert.deepEqual(idle, []);
  const lock = await Deno.readTextFile(new URL("deno.lock", ROOT));
  for (
    const name of ["playwright", "chromium", "axe-core", "fast-check", "hono"]
  ) {
    assert.ok(!lock.includes(`"npm:${name}`), name);
    assert.ok(!new RegExp(`"@?[\\w/-]*${name}[\\w-]*@`).test(lock), name);
  }
});
