/**
 * What is left behind: the audit log must tell of each binding once, and nothing
 * may be under way any more, days after the storm.
 */
import type { World } from "../../lib/sandbox/mod.ts";
import type { Sql } from "../../lib/store/database.ts";
import type { Difference } from "./compare.ts";

interface Entry {
  action: string;
  subject: string;
  chatId: string | null;
  intentId: string | null;
}

export async function compareAudit(
  sql: Sql,
  world: World,
): Promise<Difference[]> {
  const entries = await sql<Entry[]>`
    select action, subject, detail->>'chatId' as chat_id,
      detail->>'intentId' as intent_id
    from audit_log where action in ('group.bound', 'group.unbound',
      'group.dismissed', 'group.intent_expired')`;
  const rows = await sql<{ chatId: string; orderId: string }[]>`
    select chat_id, order_id from chat where order_id is not null`;
  const expired = await sql<{ intentId: string; orderId: string }[]>`
    select intent_id, order_id from group_intent where state = 'expired'`;
  const of = (action: string) => entries.filter((one) => one.action === action);
  const differences: Difference[] = [];
  const differ = (
    subject: string,
    detail: string,
    kind: Difference["kind"] = "audit",
  ) => differences.push({ kind, subject, detail });

  const bound = Map.groupBy(of("group.bound"), pairOf);
  for (const row of rows) {
    const times = bound.get(`${row.orderId} ${row.chatId}`)?.length ?? 0;
    if (times !== 1) {
      differ(row.orderId, `${row.chatId} was bound ${times} times`);
    }
  }
  const recorded = new Set(rows.map((row) => `${row.orderId} ${row.chatId}`));
  const unbound = new Set(of("group.unbound").map(pairOf));
  for (const [pair, [one]] of bound) {
    if (recorded.has(pair) || unbound.has(pair) || !one) continue;
    differ(one.subject, `${one.chatId} was bound and is not any more`);
  }
  const dismissed = Map.groupBy(of("group.dismissed"), (one) => one.chatId);
  for (const [chatId, told] of dismissed) {
    const gone = world.state.chats.get(chatId ?? "")?.dismissed;
    // It may have been found again since, but people were told so.
    if (!gone) {
      differ(`${chatId}`, "was called dismissed, though alive", "groups");
    } else if (told.length > 1) differ(`${chatId}`, "was dismissed twice");
  }
  const told = new Set(of("group.intent_expired").map((one) => one.intentId));
  for (const { intentId, orderId } of expired) {
    if (!told.has(intentId)) differ(orderId, `${intentId} expired untold`);
  }
  return differences;
}

function pairOf({ subject, chatId }: Entry): string {
  return `${subject} ${chatId}`;
}

/** How often the reconciler was under way in the storm, by how it ended. */
export async function endedRuns(sql: Sql): Promise<string> {
  const rows = await sql<{ state: string; times: number }[]>`
    select state, count(*)::int as times from reconcile_run
    group by state order by state`;
  return rows.map(({ state, times }) => `${times} ${state}`).join(", ");
}

/** Call it when all is over: every lease, every pause, every turn. */
export async function compareEnds(sql: Sql): Promise<Difference[]> {
  const found = await sql<{ subject: string; detail: string }[]>`
    select order_id as subject, 'creation is ' || state as detail
      from group_intent where state in ('pending', 'searching')
    union all
    select intent.order_id, 'creation led to ' || coalesce(intent.chat_id, '-')
        || ', which is of ' || coalesce(chat.order_id, 'no order')
      from group_intent intent left join chat on chat.chat_id = intent.chat_id
      where intent.state = 'active'
        and chat.order_id is distinct from intent.order_id
        and not exists (select 1 from audit_log
          where action = 'group.unbound' and subject = intent.order_id)
    union all
    select subject, case when died_at is null then 'events wait: '
        else 'a dead letter: ' end || coalesce(last_error, '')
      from inbox_task
    union all
    select subject, 'event ' || event_id || ' was not settled'
      from inbox_event where settled_at is null
    union all
    select wx_user_id, 'contacts are being read'
      from contact_sync where running or claim is not null
    union all
    select 'run ' || run_id, 'comparison is ' || state
      from reconcile_run where ended_at is null
    union all
    select 'run ' || run_id, 'comparison left listings behind'
      from (select run_id from reconcile_seen
        union select run_id from reconcile_slice) as listing`;
  return found.map((one): Difference => ({ kind: "stuck", ...one }));
}
