/**
 * The audit log for others to read, line by line, oldest first: as NDJSON, or as
 * CSV for a spreadsheet, in which no cell is a formula.
 */
import { audit } from "./audit.ts";
import type { Sql } from "../store/database.ts";

export const FORMATS = ["csv", "ndjson"] as const;
export type Format = typeof FORMATS[number];

export interface Exported {
  auditId: string;
  at: Date;
  actor: string;
  action: string;
  subject: string | null;
  orderId: string | null;
  outcome: string;
  requestId: string | null;
  clientRequestId: string | null;
  address: string | null;
  detail: Record<string, unknown>;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

const ROWS = 1_000;
const COLUMNS = [
  "auditId",
  "at",
  "actor",
  "action",
  "subject",
  "orderId",
  "outcome",
  "requestId",
  "clientRequestId",
  "address",
  "detail",
  "before",
  "after",
] as const satisfies readonly (keyof Exported)[];

export interface Span {
  /** Inclusive. */
  from: Date | null;
  /** Exclusive. */
  until: Date | null;
}

export interface ExportDeps {
  sql: Sql;
  now: () => number;
}

/** Before the first line: one that was broken off has told some, too. */
export async function tellExport(
  { sql, now }: ExportDeps,
  by: string,
  format: Format,
  { from, until }: Span,
): Promise<void> {
  await audit(sql, now, {
    actor: by,
    action: "audit.export",
    outcome: "done",
    detail: {
      format,
      from: from?.toISOString() ?? null,
      until: until?.toISOString() ?? null,
    },
  });
}

/** Lines with their ends. */
export async function* exportAudit(
  sql: Sql,
  format: Format,
  span: Span,
): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join(",")}\r\n`;
  for await (const entry of entries(sql, span)) {
    yield format === "csv"
      ? `${COLUMNS.map((name) => cell(entry[name])).join(",")}\r\n`
      : `${JSON.stringify(entry)}\n`;
  }
}

async function* entries(
  sql: Sql,
  { from, until }: Span,
): AsyncGenerator<Exported> {
  let after = "0";
  for (;;) {
    const rows = await sql<Exported[]>`
      select audit_id, at, actor, action, subject, order_id, outcome,
        request_id, client_request_id, address, detail, before, after
      from audit_log
      where audit_id > ${after}
        and at >= coalesce(${from}::timestamptz, '-infinity')
        and at < coalesce(${until}::timestamptz, 'infinity')
      order by audit_id limit ${ROWS}`;
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < ROWS) return;
    after = last.auditId;
  }
}

/** RFC 4180; what a spreadsheet would calculate gets a quote before it. */
export function cell(value: Exported[typeof COLUMNS[number]]): string {
  const text = value === null
    ? ""
    : value instanceof Date
    ? value.toISOString()
    : typeof value === "object"
    ? JSON.stringify(value)
    : value;
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}
