/** The audit log is only added to, and whoever changes it behind the app is found. */
import assert from "node:assert/strict";
import { followAsker } from "../../lib/audit/asker.ts";
import { audit } from "../../lib/audit/audit.ts";
import { headOf } from "../../lib/audit/chain.ts";
import { cutAudit } from "../../lib/audit/cut.ts";
import { cell, exportAudit } from "../../lib/audit/export.ts";
import { verifyAudit } from "../../lib/audit/verify.ts";
import { silentLog } from "../../lib/http/log.ts";
import type { Sql } from "../../lib/store/database.ts";
import { readAsked } from "../../lib/tasks/audit.ts";
import { onRealPostgres, withDatabase } from "../support/database.ts";
import { chain, HOUR, START, write } from "./support.ts";

/** As somebody would who owns the tables. */
async function behind(sql: Sql, change: (sql: Sql) => Promise<unknown>) {
  for (const table of ["audit_log", "audit_chain", "audit_head"]) {
    await sql`alter table ${sql(table)} disable trigger user`;
  }
  await change(sql);
  for (const table of ["audit_log", "audit_chain", "audit_head"]) {
    await sql`alter table ${sql(table)} enable trigger user`;
  }
}

Deno.test("No row is changed, deleted or emptied by a statement", () =>
  withDatabase(async ({ sql }) => {
    await write(sql, 2);
    await chain(sql);
    for (
      const change of [
        sql`update audit_log set actor = 'x'`,
        sql`delete from audit_log`,
        sql`truncate audit_log`,
        sql`update audit_chain set hash = 'x'`,
        sql`delete from audit_chain`,
      ]
    ) {
      await assert.rejects(change, /append-only/);
    }
  }));

const FORGERIES: [
  what: string,
  change: (sql: Sql) => Promise<unknown>,
  found: { what: string; seq: number },
][] = [
  [
    "altered",
    (sql) => sql`update audit_log set actor = 'p1' where subject = 'O3'`,
    { what: "altered", seq: 4 },
  ],
  [
    "altered in its details",
    (sql) => sql`update audit_log set detail = '{"n": 8}' where subject = 'O2'`,
    { what: "altered", seq: 3 },
  ],
  [
    "moved in time",
    (sql) =>
      sql`update audit_log set at = at + interval '1 ms' where subject = 'O2'`,
    { what: "altered", seq: 3 },
  ],
  [
    "deleted",
    (sql) => sql`delete from audit_log where subject = 'O1'`,
    { what: "missing", seq: 2 },
  ],
  [
    "deleted with its link",
    async (sql) => {
      const [row] = await sql`
        delete from audit_log where subject = 'O1' returning audit_id`;
      await sql`delete from audit_chain where audit_id = ${row?.auditId}`;
    },
    { what: "cut", seq: 2 },
  ],
  [
    "deleted at the end",
    async (sql) => {
      await sql`delete from audit_log where subject = 'O4'`;
      await sql`delete from audit_chain where seq = 5`;
      await sql`
        update audit_head set seq = 4,
          hash = (select hash from audit_chain where seq = 4)`;
    },
    { what: "head", seq: 4 },
  ],
];

for (const [what, change, found] of FORGERIES) {
  Deno.test(`A row that was ${what} is named`, () =>
    withDatabase(async ({ sql }) => {
      await write(sql, 5);
      assert.equal(await chain(sql), 5);
      const kept = await headOf(sql);
      assert.deepEqual(await verifyAudit(sql, kept), {
        kind: "sound",
        rows: 5,
        head: kept,
        unchained: 0,
      });
      await behind(sql, change);
      const verdict = await verifyAudit(sql, kept);
      assert.equal(verdict.kind, "broken");
      const { what, seq } = verdict as Extract<
        typeof verdict,
        { kind: "broken" }
      >;
      assert.deepEqual({ what, seq }, found);
    }));
}

Deno.test("Chainers at once make one chain", () =>
  withDatabase(async ({ sql }) => {
    await write(sql, 3);
    await Promise.all([1, 2, 3, 4].map(() => chain(sql)));
    await chain(sql);
    // An hour later what is settled is not looked through any more.
    await chain(sql, Date.now() + 2 * HOUR);
    await chain(sql, Date.now() + 4 * HOUR);
    await write(sql, 1);
    assert.equal(await chain(sql), 1);
    const verdict = await verifyAudit(sql);
    assert.equal(verdict.kind === "sound" && verdict.rows, 4);
  }));

Deno.test({
  name: "A row that is committed later than the next ones is in the chain, too",
  // The embedded database has one session.
  ignore: !onRealPostgres,
  fn: () =>
    withDatabase(async ({ sql }) => {
      const late = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const slow = sql.begin(async (sql) => {
        await write(sql as unknown as Sql, 1);
        begun.resolve();
        await late.promise;
      });
      await begun.promise;
      await write(sql, 2);
      assert.equal(await chain(sql), 2);
      late.resolve();
      await slow;
      assert.equal(await chain(sql), 1);
      const verdict = await verifyAudit(sql);
      assert.equal(verdict.kind === "sound" && verdict.rows, 3);
    }),
});

Deno.test("Retention takes the oldest rows, and the rest is sound", () =>
  withDatabase(async ({ sql }) => {
    await write(sql, 4);
    await write(sql, 3, START + HOUR);
    await chain(sql);
    const cut = () =>
      cutAudit(
        { sql, now: () => START, log: silentLog },
        new Date(START + HOUR),
        "test",
      );
    assert.equal(await cut(), 4);
    assert.equal(await cut(), 0);
    const left = await sql`select subject from audit_log order by audit_id`;
    assert.deepEqual(left.map((row) => row.subject), ["O0", "O1", "O2", null]);
    // The last one says that it was cut.
    await chain(sql);
    const verdict = await verifyAudit(sql);
    assert.equal(verdict.kind === "sound" && verdict.rows, 4);
    await assert.rejects(sql`delete from audit_log`, /append-only/);
    await assert.rejects(sql`delete from audit_checkpoint`, /append-only/);
  }));

Deno.test("An entry says from where it was asked, with our id and the client's", () =>
  withDatabase(async ({ sql }) => {
    const asker = { address: "203.0.113.7", clientRequestId: "proxy-12345" };
    await followAsker(asker, () =>
      audit(sql, () => START, {
        actor: "erp",
        action: "staff.role_set",
        subject: "d1",
        outcome: "done",
        requestId: "ours",
        before: { role: "designer" },
        after: { role: "admin" },
      }));
    const lines: string[] = [];
    const all = { from: null, until: null };
    for await (const line of exportAudit(sql, "ndjson", all)) lines.push(line);
    const { auditId: _, ...entry } = JSON.parse(lines[0] ?? "");
    assert.deepEqual(entry, {
      at: "2026-11-01T00:00:00.000Z",
      actor: "erp",
      action: "staff.role_set",
      subject: "d1",
      orderId: null,
      outcome: "done",
      requestId: "ours",
      clientRequestId: "proxy-12345",
      address: "203.0.113.7",
      detail: {},
      before: { role: "designer" },
      after: { role: "admin" },
    });
    const none = { from: new Date(START + 1), until: null };
    for await (const _ of exportAudit(sql, "ndjson", none)) assert.fail();
    const csv: string[] = [];
    for await (const line of exportAudit(sql, "csv", all)) csv.push(line);
    assert.equal(csv.length, 2);
    assert.match(csv[1] ?? "", /"\{""role"":""admin""\}"\r\n$/);
  }));

Deno.test("No cell of the export is a formula", () => {
  for (const text of ["=1+1", "+1", "-1", "@x", "\tx"]) {
    assert.equal(cell(text), `'${text}`);
  }
  assert.equal(cell('a "b", c'), '"a ""b"", c"');
  assert.equal(cell(null), "");
});

Deno.test("The task understands what is written in its help, and nothing else", () => {
  const hash = "a".repeat(64);
  assert.deepEqual(readAsked(["verify"]), { act: "verify", head: null });
  assert.deepEqual(readAsked(["verify", `--head=7:${hash}`]), {
    act: "verify",
    head: { seq: 7, hash },
  });
  assert.deepEqual(readAsked(["cut", "--before=2026-01-01"]), {
    act: "cut",
    before: new Date("2026-01-01"),
    yes: false,
  });
  assert.deepEqual(readAsked(["export", "--format=csv"]), {
    act: "export",
    format: "csv",
    from: null,
    until: null,
  });
  for (
    const args of [
      [],
      ["delete"],
      ["cut"],
      ["cut", "--before=soon"],
      ["verify", "--head=7"],
      ["export", "--format=xls"],
      ["verify", "export"],
    ]
  ) {
    assert.equal(readAsked(args), null, args.join(" "));
  }
});
