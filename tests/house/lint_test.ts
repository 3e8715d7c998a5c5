/** The rules that hold the rooms of the house apart. */
import assert from "node:assert/strict";
import plugin, { OWNED_TABLES } from "../../lib/house_lint.ts";

function complaints(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `/repo/${file}`, source)
    .map(({ id }) => id);
}

type Case = [rule: string, file: string, source: string, refused: boolean];

const ROOM = "sql-in-its-room";
const ONE_TABLE = "moves-in-one-table";

const SQL: Case[] = [
  [ROOM, "lib/chats/mirror.ts", "update chat set name = ${name}", false],
  [ROOM, "lib/groups/bind.ts", "update chat set order_id = ${id}", true],
  [ROOM, "lib/groups/bind.ts", "delete from chat_member where ${all}", true],
  [ROOM, "lib/groups/bind.ts", "insert into chat ${sql(row)}", true],
  [ROOM, "lib/reconcile/slices.ts", "select owner from chat", false],
  [ROOM, "lib/contacts/match.ts", "select owner from chat", true],
  [ROOM, "lib/contacts/match.ts", "select 1 from a join chat using (id)", true],
  [ROOM, "lib/sandbox_mode.ts", "select 1 from customer_order", false],
  [ROOM, "lib/flows/order_get.ts", "select 1 from customer_order", true],
  [ROOM, "routes/index.tsx", "select 1 from customer_order", true],
  [ROOM, "tests/orders/list_test.ts", "delete from customer_order", false],
  // What is a table for one statement only is nobody's.
  [
    ROOM,
    "lib/groups/view.ts",
    "with found as (select 1) select 1 from found",
    false,
  ],
  [ROOM, "lib/groups/view.ts", "select 1 -- as it is read from staff", false],
  // Beside a write, its own table may be read, and another's may not be written.
  [ROOM, "lib/groups/moves.ts", "insert into order_event select 1", false],
  [ROOM, "lib/groups/record.ts", "insert into order_event select 1", true],
  [
    ONE_TABLE,
    "lib/groups/moves.ts",
    "update group_intent set state = 'a'",
    false,
  ],
  [
    ONE_TABLE,
    "lib/groups/record.ts",
    "update group_intent set state = 'a'",
    true,
  ],
  [
    ONE_TABLE,
    "lib/groups/record.ts",
    "update group_intent set a = 1, state = 'a'",
    true,
  ],
  [
    ONE_TABLE,
    "lib/groups/intents.ts",
    "insert into group_intent ${sql(row)}",
    true,
  ],
  [
    ONE_TABLE,
    "lib/groups/intents.ts",
    "update group_intent set asked_at = ${at} where state = 'a'",
    false,
  ],
];

const CASES: Case[] = [
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
  [
    "one-reader-of-groups",
    "lib/groups/bind.ts",
    'import { getGroupChat } from "../wecom/mod.ts";',
    true,
  ],
  [
    "one-reader-of-groups",
    "lib/chats/read_chat.ts",
    'import { getGroupChat } from "../wecom/mod.ts";',
    false,
  ],
  ...SQL.map(([rule, file, statement, refused]): Case => [
    rule,
    file,
    `await sql\`${statement}\`;`,
    refused,
  ]),
];

for (const [rule, file, source, refused] of CASES) {
  Deno.test(`${rule} ${refused ? "refuses" : "lets be"} in ${file}: ${source}`, () => {
    const wanted = refused ? [`house/${rule}`] : [];
    assert.deepEqual(complaints(file, source), wanted);
  });
}

Deno.test("each table that a migration makes has a room", async () => {
  const made = new Set<string>();
  for await (const { name } of Deno.readDir("migrations")) {
    const text = await Deno.readTextFile(`migrations/${name}`);
    for (const [, table = ""] of text.matchAll(/^create table (\w+)/gim)) {
      made.add(table);
    }
  }
  const owned = OWNED_TABLES.filter((name) => name !== "schema_migration");
  assert.deepEqual([...made].sort(), [...owned].sort());
});
