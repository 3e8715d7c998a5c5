/**
 * What a failed run leaves for whoever looks for its cause, in the run's
 * directory: what was asked for, what people were to do, what they did and saw,
 * what differs, and our record, as lines of JSON beside the database itself.
 */
import type { Sql } from "../../lib/store/database.ts";
import type { Company } from "./company.ts";
import type { Difference } from "./compare.ts";
import type { Ledger } from "./ledger.ts";

const TABLES = [
  "order_event",
  "audit_log",
  "group_intent",
  "group_candidate",
  "chat",
  "chat_member",
  "contact_sync",
  "inbox_event",
  "inbox_task",
  "reconcile_run",
];

export interface Kept {
  options: object;
  /** The digest of what people will do. */
  plan: string;
  company: Company;
  ledger: Ledger;
  diary: readonly string[];
  /** null: the run did not come to its end. */
  differences: readonly Difference[] | null;
}

export async function keepRun(directory: string, kept: Kept): Promise<void> {
  const { options, plan, company, ledger, diary, differences } = kept;
  const { staff, orders } = company;
  const files = {
    "run.json": { ...options, digest: plan },
    "plan.json": { staff, orders },
    "ledger.json": ledger,
    "findings.json": differences,
  };
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(`${directory}/${name}`, asJson(content));
  }
  await Deno.writeTextFile(`${directory}/diary.log`, diary.join("\n"));
}

/** Our record as it was, table by table. */
export async function keepTables(sql: Sql, directory: string): Promise<void> {
  for (const table of TABLES) {
    const rows = await sql`select * from ${sql(table)}`;
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    await Deno.writeTextFile(`${directory}/${table}.jsonl`, text);
  }
}

/** Maps and sets as lists. */
function asJson(content: unknown): string {
  return JSON.stringify(
    content,
    (_, value) =>
      value instanceof Map || value instanceof Set ? [...value] : value,
    1,
  );
}
