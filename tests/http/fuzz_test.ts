/** What is shot at the app by the bench: that it aims, and sees what it hits. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { FLOWS } from "../../lib/flows/mod.ts";
import { openApi } from "../../lib/flows/openapi.ts";
import { badInput } from "../bench/bad_input.ts";
import { holds } from "../bench/row.ts";
import { leakIn, shots } from "./fuzz.ts";

Deno.test("two thousand shots meet each described address, each flow, and others", () => {
  const document = openApi("http://localhost:8000");
  const drawn = fc.sample(shots(document), { numRuns: 2_000, seed: 1 });
  const paths = new Set(drawn.map(({ path }) => path.split("?")[0]));
  for (const path of Object.keys(document.paths as object)) {
    assert.ok(paths.has(path), path);
  }
  assert.ok(paths.has("/nothing"));
  const bodies = drawn.map(({ init }) => String(init.body ?? "")).join("\n");
  for (const flow of Object.keys(FLOWS)) {
    assert.ok(bodies.includes(`"flowId":"${flow}"`), flow);
  }
});

Deno.test("a stack trace or a secret in an answer is seen, and a fair answer is none", () => {
  const secrets = ["secret-0123"];
  const stack = new Error("x").stack ?? "";
  assert.equal(leakIn(stack, secrets), "a stack trace");
  assert.equal(leakIn('{"msg":"in app.ts:12"}', secrets), "a stack trace");
  assert.equal(leakIn('{"key":"secret-0123"}', secrets), "a secret");
  assert.equal(leakIn('{"code":0,"msg":"没有这个订单"}', secrets), null);
});

Deno.test("four hundred shots at the app meet no server error, and are told nothing of the inside", async () => {
  const said: string[] = [];
  const rows = await badInput({
    quick: true,
    say: (line) => said.push(line),
  });
  assert.deepEqual(rows.filter((row) => !holds(row)), [], said.join("\n"));
});
