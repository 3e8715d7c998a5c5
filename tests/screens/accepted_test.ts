/**
 * Somebody has looked at each state of each page: it has its accepted pictures, and
 * no picture is of a state that is no more. Whether pages still look like that is
 * told by `deno task screens`, since letters differ from machine to machine.
 */
import assert from "node:assert/strict";
import { ACCEPTED, allNames } from "./pictures.ts";

/** All of them, so that a clone stays small. */
const MOST_BYTES = 1_500_000;

Deno.test("each state has its accepted pictures, and they stay small", async () => {
  const there: string[] = [];
  let bytes = 0;
  for await (const { name } of Deno.readDir(ACCEPTED)) {
    bytes += (await Deno.stat(new URL(name, ACCEPTED))).size;
    if (name.endsWith(".webp")) there.push(name);
  }
  assert.deepEqual(there.sort(), allNames().sort());
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
});
