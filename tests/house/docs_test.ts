/** What the documentation points at is there. */
import assert from "node:assert/strict";
import house from "../../lib/house_lint.ts";
import pool from "../../lib/store/lint.ts";

const DOCS = [
  "README.md",
  "README.zh-CN.md",
  "docs/architecture.md",
  "docs/contributing.md",
  "docs/deployment.md",
  "docs/operations.md",
  "docs/relay.md",
  "docs/security.md",
];

/** A file or folder of ours; what holds a `<part>` to fill in is no path. */
const PATH = /`((?:lib|tests|routes|islands|migrations|docs)\/[\w./-]+)`/g;
const LINK = /\]\(((?!https?:)[^)#]+)[^)]*\)/g;

for (const doc of DOCS) {
  Deno.test(`each file that ${doc} names is there`, async () => {
    const text = await Deno.readTextFile(doc);
    const folder = doc.includes("/") ? "docs/" : "";
    const named = [
      ...[...text.matchAll(PATH)].map(([, path = ""]) => path),
      ...[...text.matchAll(LINK)].map(([, path = ""]) => folder + path),
    ];
    const missing: string[] = [];
    for (const path of new Set(named)) {
      if (!await exists(path)) missing.push(path);
    }
    assert.ok(named.length > 0);
    assert.deepEqual(missing, []);
  });
}

Deno.test("contributing.md names every lint rule of ours, and no other", async () => {
  const text = await Deno.readTextFile("docs/contributing.md");
  const named = [...text.matchAll(/`((?:house|pool)\/[\w-]+)`/g)]
    .map(([, rule = ""]) => rule);
  const ours = [house, pool].flatMap(({ name, rules }) =>
    Object.keys(rules).map((rule) => `${name}/${rule}`)
  );
  assert.deepEqual([...new Set(named)].sort(), ours.sort());
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
