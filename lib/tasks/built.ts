/**
 * Whether `_fresh/` is what a build of this tree would write, so that a start need
 * not build. Told by contents, never by times, which a checkout or a copy sets as
 * it likes: `_fresh/built.json` has the digests of all that a build reads and of all
 * that it wrote. It is removed before a build and written after it.
 *
 * As a script, which needs to read only: exit 0 if it is, 1 if not.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a build reads: an island may import anything in `lib`. */
const SOURCES = ["islands", "routes", "lib", "static"];
/** Which packages, and how it is built. */
const SETTINGS = ["deno.json", "deno.lock", "dev.ts"];
/** Made by the build, beside what it reads. */
const STYLES = "static/app.css";
const OUTPUT = "_fresh";
const MARK = "_fresh/built.json";

interface Mark {
  sources: string;
  output: string;
}

/** Also false where it cannot be told. */
export function isBuilt(root: string): boolean {
  try {
    const mark: Mark = JSON.parse(Deno.readTextFileSync(join(root, MARK)));
    return mark.sources === digestOfSources(root) &&
      mark.output === digestOfOutput(root);
  } catch {
    return false;
  }
}

/** Builds, and leaves the mark. A build that is cut or fails leaves none. */
export async function markBuilt(
  root: string,
  build: () => Promise<unknown>,
): Promise<void> {
  await Deno.remove(join(root, MARK)).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  // What changes while it builds may have been read before or after that.
  const sources = digestOfSources(root);
  await build();
  const mark: Mark = { sources, output: digestOfOutput(root) };
  await Deno.writeTextFile(join(root, MARK), JSON.stringify(mark));
}

function digestOfSources(root: string): string {
  // Other versions print, compress and check otherwise.
  const { version, build } = Deno;
  return digest(root, [...SOURCES, ...SETTINGS], STYLES, [version, build]);
}

function digestOfOutput(root: string): string {
  return digest(root, [OUTPUT, STYLES], MARK);
}

/** Of every file at or below the paths: name, length and content. */
function digest(
  root: string,
  paths: string[],
  without: string,
  first: unknown = null,
): string {
  const hash = createHash("sha256").update(JSON.stringify(first));
  const add = (path: string) => {
    const place = join(root, path);
    const found = path === without ? null : statIfThere(place);
    if (found?.isDirectory) {
      const names = Array.from(Deno.readDirSync(place), ({ name }) => name);
      for (const name of names.sort()) add(`${path}/${name}`);
    } else if (found) {
      const content = Deno.readFileSync(place);
      hash.update(JSON.stringify([path, content.length])).update(content);
    }
  };
  paths.forEach(add);
  return hash.digest("hex");
}

/** Links of editors lead nowhere. */
function statIfThere(place: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(place);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  Deno.exit(isBuilt(root) ? 0 : 1);
}
