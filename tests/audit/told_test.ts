/** Who took the audit log out of the house, or a part of it away, stands in it. */
import assert from "node:assert/strict";
import { audit } from "../../lib/audit/audit.ts";
import { chainAudit } from "../../lib/audit/chain.ts";
import { cutAudit } from "../../lib/audit/cut.ts";
import { exportAudit, tellExport } from "../../lib/audit/export.ts";
import { checkpointsOf } from "../../lib/audit/verify.ts";
import { silentLog } from "../../lib/http/log.ts";
import { readAsked, refusedCut } from "../../lib/tasks/audit.ts";
import { taskRunner } from "../../lib/tasks/runner.ts";
import { withDatabase } from "../support/database.ts";

const NOW = Date.parse("2026-11-27T00:00:00Z");
const now = () => NOW;

Deno.test("An export and a cut each leave a row that says who and what", () =>
  withDatabase(async ({ sql }) => {
    const entry = {
      actor: "d1",
      action: "group.link",
      outcome: "done",
    } as const;
    await audit(sql, now, entry);
    await chainAudit({ sql, now, log: silentLog });
    const until = new Date(NOW + 1);
    await tellExport({ sql, now }, "task:ops", "csv", { from: null, until });
    const before = new Date(NOW + 1);
    const cut = () =>
      cutAudit({ sql, now, log: silentLog }, before, "task:ops");
    assert.equal(await cut(), 1);
    assert.equal(await cut(), 0, "and what takes nothing leaves none");
    const rows = await sql`
      select actor, action, detail from audit_log order by audit_id`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      {
        actor: "task:ops",
        action: "audit.export",
        detail: { format: "csv", from: null, until: until.toISOString() },
      },
      {
        actor: "task:ops",
        action: "audit.cut",
        detail: { before: before.toISOString(), seq: 1 },
      },
    ]);
    const [checkpoint] = await checkpointsOf(sql);
    assert.equal(checkpoint?.cutBy, "task:ops");
    let count = 0;
    const all = { from: null, until: null };
    for await (const _ of exportAudit(sql, "ndjson", all)) count++;
    assert.equal(count, 2);
  }));

Deno.test("What is younger than 180 days is cut only by who says so twice", () => {
  const refused = (...args: string[]) => {
    const asked = readAsked(["cut", ...args]);
    assert.ok(asked?.act === "cut");
    return refusedCut(asked, NOW);
  };
  assert.equal(refused("--before=2026-05-31"), null);
  for (const date of ["2026-06-01", "2026-11-27", "2099-01-01"]) {
    assert.match(refused(`--before=${date}`) ?? "", /2026-05-31.*--yes/);
    assert.equal(refused(`--before=${date}`, "--yes"), null);
  }
});

Deno.test("A task is run by the machine's user, or by nobody known", () => {
  assert.equal(taskRunner(() => "ops"), "task:ops");
  assert.equal(taskRunner(() => " \n"), "task");
  assert.equal(
    taskRunner(() => {
      throw new Error("no such user");
    }),
    "task",
  );
});
