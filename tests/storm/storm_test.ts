/**
 * A small storm, and the proof that the harness sees what it is there for: the
 * same storm over a product with a planted fault must end with differences. The
 * big runs are `tests/storm/storm.ts` and `deno task bench`.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { onRealPostgres } from "../support/database.ts";

/** A storm takes half a minute on an idle machine; Deno's own limit is one. */
const PATIENCE = { timeout: 400_000 };

const STORM = fileURLToPath(new URL("./storm.ts", import.meta.url));

/** In a process of its own: what a storm breaks must not leak into the tests. */
async function storm(
  ...args: string[]
): Promise<{ code: number; text: string; found: Record<string, number> }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", STORM, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  const found = Object.fromEntries(
    [...text.matchAll(/\b(lost|doubled|foreign|stale|contacts) (\d+)(?=,|\n)/g)]
      .map(([, kind, times]) => [kind, Number(times)]),
  );
  return { code, text, found };
}

/** The planted fault must be found; what the run kept for a look is removed. */
async function catches(plant: string, kind: string, ...args: string[]) {
  const { code, text, found } = await storm(
    "--database=pglite",
    "--kills=no",
    `--plant=${plant}`,
    ...args,
  );
  assert.equal(code, 1, text);
  assert.ok((found[kind] ?? 0) > 0, text);
  const [, kept] = /^logs and data kept in (.+)$/m.exec(text) ?? [];
  if (kept) await Deno.remove(kept, { recursive: true });
}

async function withstand(...args: string[]): Promise<void> {
  const { code, text } = await storm(...args);
  assert.equal(code, 0, text);
  assert.match(text, /lost 0, doubled 0, foreign 0, stale 0, contacts 0/);
  assert.match(text, /kill -9 instance/);
}

if (onRealPostgres) {
  Deno.test(
    "orders live through a storm over two instances that kills the database too",
    PATIENCE,
    async () => {
      await withstand("--database=postgres", "--orders=60", "--seed=5");
    },
  );
} else {
  Deno.test(
    "orders live through a storm with kill -9 and end with exactly one group each",
    PATIENCE,
    async () => {
      await withstand("--database=pglite", "--orders=24", "--seed=5");
    },
  );

  Deno.test(
    "a product that takes the client's word for a chat is caught",
    PATIENCE,
    async () => {
      const plant = "record-without-verifying";
      await catches(plant, "foreign", "--orders=24", "--seed=6");
    },
  );

  Deno.test(
    "a product that deletes contacts from an incomplete listing is caught",
    PATIENCE,
    async () => {
      const plant = "delete-from-incomplete-listing";
      await catches(plant, "contacts", "--orders=16", "--seed=7");
    },
  );
}
