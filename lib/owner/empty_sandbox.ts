/**
 * Empties the records of the sandbox, so that its company starts anew with the
 * product beside it. Nothing of a real company can be lost: the mark of the
 * database is read in the same transaction. Events of orders refuse to be deleted
 * row by row; the owner of the tables may truncate them all the same.
 */
import { beginChain } from "../audit/chain.ts";
import type { Sql } from "../store/database.ts";
import { sqlState } from "../store/errors.ts";

/** All of the product's tables but for what says whose the database is. */
export const EMPTIED = [
  "app_life",
  "audit_chain",
  "audit_checkpoint",
  "audit_head",
  "audit_log",
  "chat",
  "chat_confirmed",
  "chat_member",
  "company_setting",
  "contact",
  "contact_follow",
  "contact_phone",
  "contact_sync",
  "customer_decision",
  "customer_order",
  "ended_session",
  "erased_contact",
  "erp_event",
  "erased_order",
  "group_candidate",
  "group_intent",
  "inbox_event",
  "inbox_task",
  "member_scope",
  "order_code",
  "order_code_scan",
  "order_customer",
  "order_event",
  "order_reminder",
  "reconcile_page",
  "reconcile_run",
  "reconcile_seen",
  "reconcile_slice",
  "staff",
  "user_spelling",
  "welcome_code",
  "written_number",
] as const;

/** `busy`: others hold the tables. `refused`: the role does not own them. */
export type Emptied = "done" | "busy" | "refused";

const LOCK_NOT_AVAILABLE = "55P03";
const INSUFFICIENT_PRIVILEGE = "42501";
const TRIES = 20;

/**
 * Waits for transactions that are under way. It waits for less than the second
 * after which Postgres looks for a deadlock, which would end one of theirs, and
 * tries again.
 */
export async function emptySandbox(
  { sql, sleep }: { sql: Sql; sleep: (ms: number) => Promise<void> },
): Promise<Emptied> {
  for (let tried = 1;; tried++) {
    try {
      await truncate(sql);
      return "done";
    } catch (error) {
      const state = sqlState(error);
      if (state === INSUFFICIENT_PRIVILEGE) return "refused";
      if (state !== LOCK_NOT_AVAILABLE) throw error;
      if (tried === TRIES) return "busy";
      await sleep(50 * tried);
    }
  }
}

async function truncate(sql: Sql): Promise<void> {
  await sql.begin(async (sql) => {
    const [sandbox] = await sql`
      select 1 from database_owner where mode = 'sandbox'`;
    if (!sandbox) throw new Error("Only the sandbox's records may be emptied");
    await sql`set local lock_timeout = '300ms'`;
    // Numbers of readings go on: an answer from before stays the earlier one.
    await sql`truncate ${sql(EMPTIED)} continue identity`;
    await beginChain(sql);
  });
}
