/** The rules that hold the rooms of the house apart. */
import assert from "node:assert/strict";
import plugin from "../lib/house_lint.ts";

function complaints(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `/repo/${file}`, source)
    .map(({ id }) => id);
}

const CASES: [rule: string, file: string, source: string, refused: boolean][] =
  [
    [
      "services-at-root",
      "lib/orders/page.ts",
      'import type { Services } from "../services.ts";',
      true,
    ],
    [
      "services-at-root",
      "routes/index.tsx",
      'import { services } from "../lib/services.ts";',
      true,
    ],
    [
      "services-at-root",
      "lib/tasks/sync.ts",
      'import { services } from "../services.ts";',
      false,
    ],
    [
      "services-at-root",
      "lib/http/state.ts",
      'import type { Services } from "../services.ts";',
      false,
    ],
    ["env-in-config", "lib/wecom/client.ts", 'Deno.env.get("PORT");', true],
    ["env-in-config", "lib/config/mod.ts", 'Deno.env.get("PORT");', false],
  ];

for (const [rule, file, source, refused] of CASES) {
  Deno.test(`${rule} ${refused ? "refuses" : "lets be"} ${file}`, () => {
    const wanted = refused ? [`house/${rule}`] : [];
    assert.deepEqual(complaints(file, source), wanted);
  });
}
