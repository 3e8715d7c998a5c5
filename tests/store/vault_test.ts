/** What is stored must say nothing to who reads the table, or moves a row. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { Secret } from "../../lib/config/secret.ts";
import { sealBefore } from "../support/sealed_before.ts";
import {
  createVault,
  type Place,
  type Sealing,
  type Vault,
} from "../../lib/store/vault.ts";

const OLD = new Secret("k".repeat(32));
const NEW = new Secret("j".repeat(32));
const vault = createVault(OLD);
const other = createVault(NEW);
const HERE: Place = { table: "customer_order", row: "1001" };

Deno.test("What was sealed opens with the same key only, and never looks the same twice", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const sealed = vault.numbers.seal(text, HERE);
    assert.equal(vault.numbers.open(sealed, HERE), text);
    assert.equal(other.numbers.open(sealed, HERE), null);
    assert.notEqual(vault.numbers.seal(text, HERE), sealed);
    if (text.length > 4) assert.ok(!sealed.includes(text));
  }));
});

Deno.test("What was moved to another row or table does not open, nor for another use", () => {
  const sealed = vault.numbers.seal("13812348000", HERE);
  const elsewhere: [string, Sealing, Place][] = [
    ["another row", vault.numbers, { ...HERE, row: "1002" }],
    ["another table", vault.numbers, { ...HERE, table: "contact_phone" }],
    ["table and row run together", vault.numbers, {
      table: "customer_order1",
      row: "001",
    }],
    ["as a token", vault.tokens, HERE],
    ["as the canary", vault.canary, HERE],
  ];
  for (const [where, sealing, place] of elsewhere) {
    assert.equal(sealing.open(sealed, place), null, where);
  }
});

Deno.test("A key id in what is sealed that is not its key's does not open it", () => {
  const sealed = vault.numbers.seal("13812348000", HERE);
  const renamed = sealed.replace(vault.keyId, other.keyId);
  for (const ring of [vault, other, createVault(OLD, NEW)]) {
    assert.equal(ring.numbers.open(renamed, HERE), null);
  }
});

Deno.test("What was tampered with, cut or never ours does not open", () => {
  const sealed = vault.numbers.seal("13812348000", HERE);
  for (let at = 0; at < sealed.length - 1; at++) {
    const letter = sealed[at] === "A" ? "B" : "A";
    const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1);
    assert.equal(vault.numbers.open(changed, HERE), null, String(at));
  }
  const never = ["", "x", ".", "2.", vault.prefix, sealed.slice(0, 30)];
  for (const text of [...never, sealed.slice(4), "13812348000", "订单"]) {
    assert.equal(vault.numbers.open(text, HERE), null, text);
  }
});

Deno.test("What the release before sealed is read, with either key", () => {
  const sealed = sealBefore(OLD, "138 1234 8000");
  const table: [string, Vault, string | null][] = [
    ["its own key", vault, "138 1234 8000"],
    ["its key as the one before", createVault(NEW, OLD), "138 1234 8000"],
    ["another key", other, null],
  ];
  for (const [key, ring, text] of table) {
    assert.equal(ring.numbers.open(sealed, HERE), text, key);
    assert.equal(ring.tokens.open(sealed, HERE), text, key);
    assert.equal(ring.canary.open(sealed, HERE), null, key);
  }
});

Deno.test("While keys change, both read and only the new one writes", () => {
  const ring = createVault(NEW, OLD);
  const before = vault.numbers.seal("13812348000", HERE);
  assert.equal(ring.numbers.open(before, HERE), "13812348000");
  const after = ring.numbers.seal("13812348000", HERE);
  assert.ok(after.startsWith(ring.prefix) && !before.startsWith(ring.prefix));
  assert.equal(other.numbers.open(after, HERE), "13812348000");
  assert.equal(vault.numbers.open(after, HERE), null);
  assert.deepEqual(ring.indexes("x"), [other.index("x"), vault.index("x")]);
  assert.ok(ring.rotating);
  assert.ok(!createVault(OLD, OLD).rotating, "the same key twice is none");
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

Deno.test("The index is the one of the release before: stored hashes still match", () => {
  assert.equal(
    createVault(new Secret("0123456789abcdef0123456789abcdef"))
      .index("+8613812348000"),
    "tKDBDlzdayAna-ig5f_Mgw",
  );
});
