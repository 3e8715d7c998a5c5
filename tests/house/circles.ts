/** Who imports whom, and files that import each other, round any number of corners. */
import { dirname, join } from "node:path/posix";

/** By file, the files of ours that it imports, types and `import()` included. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** Ends of a path: `from "…"`, `import "…"`, `import("…")`. */
const SPECIFIER = /(?:\bfrom|^import|\bimport\()\s*"(\.{1,2}\/[^"]+)"/gm;

export function importsIn(file: string, source: string): string[] {
  return [...source.matchAll(SPECIFIER)].map(([, specifier = ""]) =>
    join(dirname(file), specifier)
  );
}

export async function readImports(
  roots: readonly string[],
  leaveOut: readonly string[],
): Promise<Imports> {
  const imports = new Map<string, string[]>();
  async function readFolder(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory && !leaveOut.includes(path)) await readFolder(path);
      if (!/\.tsx?$/.test(name)) continue;
      imports.set(path, importsIn(path, await Deno.readTextFile(path)));
    }
  }
  for (const root of roots) await readFolder(root);
  return imports;
}

/** One way round for each circle that a walk through the imports meets. */
export function circlesIn(imports: Imports): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  function walk(file: string, way: readonly string[]): void {
    const met = way.indexOf(file);
    if (met !== -1) {
      circles.push([...way.slice(met), file]);
      return;
    }
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  }
  for (const file of imports.keys()) walk(file, []);
  return circles;
}
