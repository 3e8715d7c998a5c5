/** What is stored must say nothing to who reads the table. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Secret } from "../../lib/config/secret.ts";
import { createVault } from "../../lib/store/vault.ts";

const vault = createVault(new Secret("k".repeat(32)));
const other = createVault(new Secret("j".repeat(32)));

Deno.test("What was sealed opens with the same key only, and never looks the same twice", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const sealed = vault.seal(text);
    assert.equal(vault.open(sealed), text);
    assert.equal(other.open(sealed), null);
    assert.notEqual(vault.seal(text), sealed);
    if (text.length > 4) assert.ok(!sealed.includes(text));
  }));
});

Deno.test("What was tampered with, cut or never ours does not open", () => {
  const sealed = vault.seal("13812348000");
  for (let at = 0; at < sealed.length - 1; at++) {
    const letter = sealed[at] === "A" ? "B" : "A";
    const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1);
    assert.equal(vault.open(changed), null, String(at));
  }
  for (
    const text of [
      "",
      "x",
      sealed.slice(0, 20),
      sealed.slice(4),
      "13812348000",
      "订单",
    ]
  ) {
    assert.equal(vault.open(text), null);
  }
});

Deno.test("The index finds equal texts, says nothing of others, and hangs on the key", () => {
  assert.equal(vault.index("+8613812348000"), vault.index("+8613812348000"));
  assert.notEqual(vault.index("+8613812348000"), vault.index("+8613812348001"));
  assert.notEqual(vault.index("+8613812348000"), other.index("+8613812348000"));
  const seen = new Set(
    Array.from({ length: 10_000 }, (_, at) => vault.index(String(at))),
  );
  assert.equal(seen.size, 10_000);
});
