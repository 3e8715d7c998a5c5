/**
 * Unpacks the Chromium that comes from npm, with the shared libraries it needs
 * (NSS, NSPR), into the temporary directory, and prints where they are. It runs
 * under the `deno.json` beside it, the only one that knows the package.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** No literal in the import: the root's check knows no such package. */
const NAME: string = "@sparticuz/chromium";

interface Packed {
  default: { executablePath(): Promise<string> };
  inflate(archive: string): Promise<string>;
}

const { default: packed, inflate }: Packed = await import(NAME);
const module = createRequire(import.meta.url).resolve(NAME);
const libraries = join(dirname(module), "..", "bin", "al2023.tar.br");
const found = {
  executablePath: await packed.executablePath(),
  libraries: join(await inflate(libraries), "lib"),
};
// deno-lint-ignore no-console -- who started it reads the line
console.log(JSON.stringify(found));
