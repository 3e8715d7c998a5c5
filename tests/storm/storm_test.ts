/**
 * A small storm, and the proof that the harness sees what it is there for: the
 * same storm over a product with planted faults must end with differences. The
 * big runs are `tests/storm/storm.ts`; `deno task bench` plants all faults.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { onRealPostgres } from "../support/database.ts";
import { KINDS } from "./compare.ts";
import { SESSIONS_ENDED } from "./faults.ts";
import { plantNamed } from "./plants.ts";
import { differencesIn } from "./report.ts";

/** A storm takes half a minute on an idle machine; Deno's own limit is one. */
const PATIENCE = { timeout: 400_000 };

const STORM = fileURLToPath(new URL("./storm.ts", import.meta.url));

/** In a process of its own: what a storm breaks must not leak into the tests. */
async function storm(
  ...args: string[]
): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", STORM, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Each planted fault must be found; what the run kept for a look is removed. */
async function catches(plants: readonly string[], ...args: string[]) {
  const { code, text } = await storm(
    "--database=pglite",
    "--kills=no",
    ...plants.map((plant) => `--plant=${plant}`),
    ...args,
  );
  assert.equal(code, 1, text);
  const found = differencesIn(text);
  for (const plant of plants) {
    assert.ok(found.get(plantNamed(plant).kind), text);
  }
  const [, kept] = /^logs and data kept in (.+)$/m.exec(text) ?? [];
  if (kept) await Deno.remove(kept, { recursive: true });
}

async function withstand(
  args: readonly string[],
  besides: readonly RegExp[] = [],
): Promise<void> {
  const { code, text } = await storm(...args);
  assert.equal(code, 0, text);
  const found = differencesIn(text);
  for (const kind of KINDS) assert.equal(found.get(kind), 0, text);
  for (
    const fault of [
      /kill -9 instance/,
      /run out/,
      /comparison started/,
      /(request|event) twice/,
      /after the first page of contacts/,
      /after the first page of groups/,
      ...besides,
    ]
  ) assert.match(text, new RegExp(`^ +[1-9]\\d* +.*(${fault.source})`, "m"));
}

if (onRealPostgres) {
  Deno.test(
    "orders live through a storm over two instances that kills the database too",
    PATIENCE,
    async () => {
      await withstand(
        ["--database=postgres", "--orders=60", "--seed=5"],
        [new RegExp(SESSIONS_ENDED)],
      );
    },
  );
} else {
  Deno.test(
    "orders live through a storm with kill -9 and end with exactly one group each",
    PATIENCE,
    async () => {
      await withstand(["--database=pglite", "--orders=16", "--seed=5"]);
    },
  );

  Deno.test(
    "a product that takes the client's word for a chat, and deletes contacts from an incomplete listing, is caught at both",
    PATIENCE,
    async () => {
      const plants = [
        "record-without-verifying",
        "delete-from-incomplete-listing",
      ];
      await catches(plants, "--orders=12", "--seed=6");
    },
  );
}
