/**
 * What only tests need from npm. The root's `deno.json` does not name it, since
 * `deno task start` installs all that is in the root's lock file, and a browser
 * has 70 MB. Each directory of `tests/tools` is a project of its own, installed
 * when a test first asks for one of its packages. Their types are written down
 * where they are used, as far as they are used.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const TOOLS = new URL("../tools/", import.meta.url);

/** What `require` of the package answers. */
export async function tool(
  name: "axe-core" | "fast-check" | "hono" | "hono/cookie" | "playwright-core",
): Promise<unknown> {
  await install(TOOLS, name.split("/", 1)[0] ?? name);
  return createRequire(new URL("deno.json", TOOLS))(name);
}

/** Installs what `deno.json` of the directory names, if `name` is not there. */
async function install(directory: URL, name: string): Promise<void> {
  if (await isThere(directory, name)) return;
  // Test files run at the same time.
  using turn = await Deno.open(new URL("install.lock", directory), {
    create: true,
    write: true,
  });
  await turn.lock(true);
  if (await isThere(directory, name)) return;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: fileURLToPath(directory),
  }).output();
  if (success) return;
  const said = [stdout, stderr].map((one) => new TextDecoder().decode(one));
  throw new Error(`Cannot install ${name}: ${said.join("")}`);
}

/** In the version that `deno.json` names. */
async function isThere(directory: URL, name: string): Promise<boolean> {
  const read = async (path: string) =>
    JSON.parse(await Deno.readTextFile(new URL(path, directory)));
  const { imports } = await read("deno.json");
  try {
    const { version } = await read(`node_modules/${name}/package.json`);
    return imports[name] === `npm:${name}@${version}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
