/** With the app's own rights, and no trigger switched off, nothing is forgotten. */
import assert from "node:assert/strict";
import { headOf } from "../../lib/audit/chain.ts";
import { cutAudit } from "../../lib/audit/cut.ts";
import { checkpointsOf, verifyAudit } from "../../lib/audit/verify.ts";
import { silentLog } from "../../lib/http/log.ts";
import { withDatabase } from "../support/database.ts";
import { chain, HOUR, START, write } from "./support.ts";

const log = silentLog;

Deno.test("The head of the chain only goes on, and a checkpoint is of a link", () =>
  withDatabase(async ({ sql }) => {
    await write(sql, 3);
    await chain(sql);
    const kept = await headOf(sql);
    const refused: [change: string, why: RegExp][] = [
      ["delete from audit_head", /only goes on/],
      ["truncate audit_head", /append-only/],
      ["update audit_head set seq = 2", /only goes on/],
      ["update audit_head set seq = 4", /only goes on/],
      ["update audit_head set hash = 'x'", /only goes on/],
      ["update audit_head set settled = 9000000000", /only goes on/],
      ["update audit_head set settling = 9000000000", /only goes on/],
      [
        "insert into audit_checkpoint values (3, 'x', now(), 'task', 3)",
        /of no link/,
      ],
      [
        `insert into audit_checkpoint
          select 9, hash, now(), 'task', 9 from audit_head`,
        /of no link/,
      ],
    ];
    for (const [change, why] of refused) {
      await assert.rejects(sql.unsafe(change).execute(), why, change);
    }
    await sql`update audit_head set settled = -1, settling = -1`;
    const [head] = await sql`select settled, settling from audit_head`;
    assert.deepEqual({ ...head }, { settled: "0", settling: "0" });
    assert.equal((await verifyAudit(sql, kept)).kind, "sound");
  }));

Deno.test("A log that was cut whole goes on, and its mark does not go back", () =>
  withDatabase(async ({ sql }) => {
    await write(sql, 3);
    const now = Date.now();
    await chain(sql, now + 2 * HOUR);
    await chain(sql, now + 4 * HOUR);
    const after = new Date(START + HOUR);
    assert.equal(
      await cutAudit({ sql, now: () => START, log }, after, "test"),
      3,
    );
    await chain(sql, now + 6 * HOUR);
    await chain(sql, now + 8 * HOUR);
    await write(sql, 2);
    assert.ok(await chain(sql, now + 10 * HOUR) >= 2);
    assert.equal((await verifyAudit(sql)).kind, "sound");
  }));

Deno.test("A row that is kept from the chain is found after two hours", () =>
  withDatabase(async ({ sql }) => {
    await write(sql, 2);
    await chain(sql);
    await write(sql, 1, START + HOUR);
    const verify = (at: number) => verifyAudit(sql, null, () => at);
    const soon = await verify(START + 2 * HOUR);
    assert.equal(soon.kind === "sound" && soon.unchained, 1);
    const late = await verify(START + 4 * HOUR);
    assert.equal(late.kind === "broken" && late.what, "unchained");
    assert.deepEqual(
      late.kind === "broken" && late.at,
      new Date(START + HOUR),
    );
  }));

Deno.test("A cut is told, and a head that is older than it proves nothing", () =>
  withDatabase(async ({ sql }) => {
    await write(sql, 2);
    await chain(sql);
    const old = await headOf(sql);
    await write(sql, 2, START + HOUR);
    await chain(sql);
    const middle = await headOf(sql);
    await write(sql, 1, START + 2 * HOUR);
    await chain(sql);
    const lines: [string, Record<string, unknown> | undefined][] = [];
    await cutAudit(
      {
        sql,
        now: () => START,
        log: (_, event, fields) => lines.push([event, fields]),
      },
      new Date(START + 2 * HOUR),
      "test",
    );
    await chain(sql);
    assert.deepEqual(lines, [["audit.cut", { ...middle, by: "test" }]]);
    assert.deepEqual((await checkpointsOf(sql)).map((one) => ({ ...one })), [
      { ...middle, cutAt: new Date(START), cutBy: "test", rows: 4 },
    ]);
    assert.equal((await verifyAudit(sql, await headOf(sql))).kind, "sound");
    assert.equal((await verifyAudit(sql, middle)).kind, "sound");
    const false_ = { ...middle, hash: "0".repeat(64) };
    const other = await verifyAudit(sql, false_);
    assert.equal(other.kind === "broken" && other.what, "head");
    assert.deepEqual(await verifyAudit(sql, old), {
      kind: "unproven",
      cutAt: middle,
      head: await headOf(sql),
    });
  }));

Deno.test("Who empties the log behind a checkpoint of the head stands in it", () =>
  withDatabase(async ({ sql }) => {
    await write(sql, 4);
    await chain(sql);
    const { hash } = await headOf(sql);
    await sql`insert into audit_checkpoint
      select seq, hash, now(), 'task', seq from audit_head`;
    await sql`delete from audit_log`;
    await sql`delete from audit_chain`;
    const [told] = await checkpointsOf(sql);
    assert.deepEqual([told?.seq, told?.rows, told?.hash], [4, 4, hash]);
    const kept = { seq: 3, hash };
    assert.equal((await verifyAudit(sql, kept)).kind, "unproven");
  }));
