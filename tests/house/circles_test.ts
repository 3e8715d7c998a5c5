/** No two files of the house import each other, types included. */
import assert from "node:assert/strict";
import { circlesIn, importsIn, readImports } from "./circles.ts";

Deno.test("no files import each other in a circle, but in the stand-in for Fresh", async () => {
  const imports = await readImports(["lib", "routes", "islands"], [
    "lib/fresh",
  ]);
  assert.ok(imports.size > 300, `Only ${imports.size} files were read`);
  const circles = circlesIn(imports).map((files) => files.join(" → "));
  assert.deepEqual(circles, []);
});

const GRAPHS: [name: string, Record<string, string[]>, circles: string[][]][] =
  [
    ["a line", { a: ["b"], b: ["c"], c: [] }, []],
    ["two ways to one file", { a: ["b", "c"], b: ["c"], c: [] }, []],
    ["two files", { a: ["b"], b: ["a"] }, [["a", "b", "a"]]],
    ["a file that imports itself", { a: ["a"] }, [["a", "a"]]],
    [
      "a circle behind a file",
      { a: ["b"], b: ["c"], c: ["d"], d: ["b"] },
      [["b", "c", "d", "b"]],
    ],
    [
      "two circles through one file",
      { a: ["b", "c"], b: ["a"], c: ["a"] },
      [["a", "b", "a"], ["a", "c", "a"]],
    ],
  ];

for (const [name, graph, circles] of GRAPHS) {
  Deno.test(`${name}: ${circles.length} circles`, () => {
    assert.deepEqual(circlesIn(new Map(Object.entries(graph))), circles);
  });
}

const SOURCES: [source: string, imports: string[]][] = [
  ['import { a } from "./a.ts";', ["lib/x/a.ts"]],
  ['import type { A } from "../a.ts";', ["lib/a.ts"]],
  ['import {\n  a,\n  b,\n} from "./a.ts";', ["lib/x/a.ts"]],
  ['export { a } from "./a.ts";', ["lib/x/a.ts"]],
  ['import "./a.ts";', ["lib/x/a.ts"]],
  ['const { a } = await import("./a.ts");', ["lib/x/a.ts"]],
  ['import { z } from "zod";', []],
];

for (const [source, imports] of SOURCES) {
  Deno.test(`imports of ${source.replaceAll("\n", " ")}`, () => {
    assert.deepEqual(importsIn("lib/x/file.ts", source), imports);
  });
}
