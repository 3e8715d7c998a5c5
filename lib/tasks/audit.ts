/**
 * `deno task audit verify`: goes through the chain of the audit log and names the
 * first row that is not as it was; exit 1 then. `audit export`: writes it to the
 * terminal, as NDJSON or CSV. `audit cut --before=DATE`: retention; a date of the
 * last 180 days only with `--yes`. Both leave a row in the log. The embedded
 * database belongs to one process: stop the server first, or use Postgres.
 */
import { parseArgs } from "node:util";
import { chainAudit, type Head } from "../audit/chain.ts";
import { cutAudit } from "../audit/cut.ts";
import {
  exportAudit,
  type Format,
  FORMATS,
  tellExport,
} from "../audit/export.ts";
import { checkpointsOf, type Verdict, verifyAudit } from "../audit/verify.ts";
import { type Services, services } from "../services.ts";
import { insist } from "./insist.ts";
import { taskRunner } from "./runner.ts";
import { say, tellFailure } from "./terminal.ts";

const USAGE = `deno task audit verify [--head=SEQ:HASH]
deno task audit export [--format=ndjson|csv] [--from=DATE] [--until=DATE]
deno task audit cut --before=DATE [--yes]`;

/** Nobody means to throw away what is younger: it is asked for twice. */
const KEPT_DAYS = 180;
const DAY_MS = 24 * 60 * 60_000;

const WHAT: Record<Extract<Verdict, { kind: "broken" }>["what"], string> = {
  altered: "被改动",
  missing: "被删除",
  cut: "链条缺了一环",
  head: "末尾被截断，或与另外保存的末尾不符",
  unchained: "有记录两小时后仍未入链",
};

/** What the person asked for; null: not understood. */
type Asked =
  | { act: "verify"; head: Head | null }
  | { act: "export"; format: Format; from: Date | null; until: Date | null }
  | { act: "cut"; before: Date; yes: boolean };

export function readAsked(args: readonly string[]): Asked | null {
  const text = { type: "string" } as const;
  const { values, positionals: [act, ...more] } = parseArgs({
    args: [...args],
    options: {
      head: text,
      format: text,
      from: text,
      until: text,
      before: text,
      yes: { type: "boolean" },
    },
    allowPositionals: true,
  });
  if (more.length > 0) return null;
  const [from, until, before] = [values.from, values.until, values.before]
    .map((date) => date === undefined ? null : new Date(date));
  const isBad = [from, until, before].some((date) => date && isNaN(+date));
  if (isBad) return null;
  if (act === "verify") {
    const [, seq = "", hash = ""] =
      values.head?.match(/^(\d+):([0-9a-f]{64})$/) ?? [];
    if (values.head !== undefined && hash === "") return null;
    return { act, head: hash === "" ? null : { seq: Number(seq), hash } };
  }
  if (act === "export") {
    const format = FORMATS.find((one) => one === (values.format ?? "ndjson"));
    return format
      ? { act, format, from: from ?? null, until: until ?? null }
      : null;
  }
  return act === "cut" && before
    ? { act, before, yes: values.yes ?? false }
    : null;
}

/** Why that is not done; null: it is. */
export function refusedCut(
  { before, yes }: { before: Date; yes: boolean },
  now: number,
): string | null {
  const youngest = new Date(now - KEPT_DAYS * DAY_MS);
  if (yes || before <= youngest) return null;
  return `--before=${before.toISOString()} 会删除最近 ${KEPT_DAYS} 天内的审计记录；` +
    `请给出 ${youngest.toISOString().slice(0, 10)} 或更早的日期，` +
    "确实要删除就加上 --yes";
}

async function verify(
  { sql, now, log }: Services,
  kept: Head | null,
): Promise<boolean> {
  await chainAudit({ sql, now, log });
  const verdict = await verifyAudit(sql, kept, now);
  for (const cut of await checkpointsOf(sql)) {
    const at = cut.cutAt.toISOString();
    say(
      `${at} ${cut.cutBy} 清理了 ${cut.rows} 条，截至 ${cut.seq}:${cut.hash}`,
    );
  }
  if (verdict.kind === "sound") {
    const { rows, head, unchained } = verdict;
    say(`审计日志完整：核对 ${rows} 条，末尾 ${head.seq}:${head.hash}`);
    if (unchained > 0) say(`还有 ${unchained} 条刚写入，尚未入链`);
    return true;
  }
  if (verdict.kind === "unproven") {
    const { cutAt, head } = verdict;
    say(
      `清理截至第 ${cutAt.seq} 环，晚于给出的末尾，无法核对；` +
        `请用更新的末尾，现在是 ${head.seq}:${head.hash}`,
    );
    return false;
  }
  const { what, seq, auditId, at } = verdict;
  const where = [
    `第 ${seq} 环`,
    ...auditId ? [`记录 ${auditId}`] : [],
    ...at ? [at.toISOString()] : [],
  ];
  say(`审计日志${WHAT[what]}：${where.join("，")}`);
  return false;
}

async function run(asked: Asked): Promise<boolean> {
  const refused = asked.act === "cut" ? refusedCut(asked, Date.now()) : null;
  if (refused !== null) {
    say(refused);
    return false;
  }
  const started = await insist(services);
  try {
    switch (asked.act) {
      case "verify":
        return await verify(started, asked.head);
      case "export": {
        await tellExport(started, taskRunner(), asked.format, asked);
        const encoder = new TextEncoder();
        const lines = exportAudit(started.sql, asked.format, asked);
        const writer = Deno.stdout.writable.getWriter();
        for await (const line of lines) {
          await writer.write(encoder.encode(line));
        }
        return true;
      }
      case "cut": {
        await chainAudit(started);
        const gone = await cutAudit(started, asked.before, taskRunner());
        await chainAudit(started);
        say(`删除了 ${gone} 条审计记录`);
        return true;
      }
    }
  } finally {
    await started.close();
  }
}

if (import.meta.main) {
  try {
    const asked = readAsked(Deno.args);
    if (!asked) {
      say(USAGE);
      Deno.exit(2);
    }
    if (!await run(asked)) Deno.exit(1);
  } catch (error) {
    tellFailure("audit.failed", error);
    Deno.exit(1);
  }
}
