/** What the log makes of errors whose words others wrote. */
import assert from "node:assert/strict";
import { hideCredentials } from "../../lib/http/credentials.ts";
import { createLog } from "../../lib/http/log.ts";

const TEXTS: [string, string][] = [
  [
    "Invalid URL: 'postgres://app:S3cr#tPass@h/d'",
    "Invalid URL: 'postgres://•@h/d'",
  ],
  ["postgresql://app:a/b?c@d@h:1/d failed", "postgresql://•@h:1/d failed"],
  ["for url (https://u:p@erp/x?token=t)", "for url (https://•@erp/x?•)"],
  [
    "for url (https://a/cgi?access_token=t&b=c): reset",
    "for url (https://a/cgi?•): reset",
  ],
  [
    "at https://jsr.io/@fresh/core/mod.ts:1:2",
    "at https://jsr.io/@fresh/core/mod.ts:1:2",
  ],
  [
    "at file:///a/postgres@3.4.9/src/x.js:1:2",
    "at file:///a/postgres@3.4.9/src/x.js:1:2",
  ],
  ["open http://localhost:8000", "open http://localhost:8000"],
];

Deno.test("Of an address the login and what stands behind it are hidden", () => {
  for (const [text, shown] of TEXTS) assert.equal(hideCredentials(text), shown);
});

Deno.test("The log hides them in messages, stacks, causes and fields", () => {
  const lines: string[] = [];
  const log = createLog("info", (line) => lines.push(line));
  const inner = new TypeError("Invalid URL: 'postgres://a:geheim#x@h/d'");
  const middle = new Error("fetch https://a/?key=geheim", { cause: inner });
  const error = new Error("https://u:geheim@erp/", { cause: middle });
  log("error", "start.failed", { error, url: "https://u:geheim@erp/" });
  assert.equal(lines.length, 1);
  assert.ok(!lines.join().includes("geheim"), lines.join());
  assert.match(lines.join(), /Invalid URL.*@h\/d/);
});
