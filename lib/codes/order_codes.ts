/**
 * The rows of orders' own codes. A row is one question to WeCom (`add_contact_way`,
 * 92228) and stands before it is asked: it is being asked, made, or ended. What
 * has ended is deleted in WeCom behind it (`tidy.ts`), where normal codes never
 * expire.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { OrderChanges } from "../contacts/decisions.ts";
import { userKey } from "../staff/user_id.ts";
import { newState } from "./state.ts";

export interface CodeRow {
  state: string;
  configId: string | null;
  qrCode: string | null;
  begunAt: Date;
}

export type EndReason =
  | "group"
  | "numbers"
  | "staff"
  | "order"
  | "age"
  | "lost";

/** The code of the order that adds this person, being made or made. */
export async function liveCode(
  queries: Queries,
  orderId: string,
  wxUserId: string,
): Promise<CodeRow | null> {
  const [row] = await queries<CodeRow[]>`
    select state, config_id, qr_code, begun_at from order_code
    where order_id = ${orderId} and user_key = ${userKey(wxUserId)}
      and ended_at is null`;
  return row ?? null;
}

/** The row to ask with. */
export async function beginCode(
  queries: Queries,
  orderId: string,
  wxUserId: string,
  at: Date,
): Promise<string> {
  const state = newState();
  await queries`
    insert into order_code (state, order_id, user_key, begun_at)
    values (${state}, ${orderId}, ${userKey(wxUserId)}, ${at})`;
  return state;
}

/** Also of a code that has ended meanwhile: so it can be deleted. */
export async function keepCode(
  queries: Queries,
  state: string,
  { configId, qrCode }: { configId: string; qrCode: string },
): Promise<void> {
  await queries`
    update order_code set config_id = ${configId}, qr_code = ${qrCode},
      -- It may have been looked for in vain while the answer took its time.
      deleted_at = null
    where state = ${state}`;
}

/** WeCom said no: there is no such code. */
export async function forgetCode(
  queries: Queries,
  state: string,
): Promise<void> {
  await queries`delete from order_code where state = ${state}`;
}

/** WeCom's answer was lost: what it may have made is looked for and deleted. */
export async function loseCode(
  queries: Queries,
  state: string,
  at: Date,
): Promise<void> {
  await queries`
    update order_code set ended_at = ${at}, ended_by = 'lost'
    where state = ${state} and ended_at is null and config_id is null`;
}

/** The order has its group. Call it in the transaction that binds it. */
export async function endCodes(
  queries: Queries,
  orderId: string,
  at: Date,
): Promise<void> {
  await queries`
    update order_code set ended_at = ${at}, ended_by = 'group'
    where order_id = ${orderId} and ended_at is null`;
}

/** Whose numbers a push changed may have another customer: they get a new code. */
export async function reviewCodes(
  queries: Queries,
  { renumbered, questioned }: OrderChanges,
  at: Date,
): Promise<void> {
  if (renumbered.length > 0) {
    await queries`
      update order_code set ended_at = coalesce(ended_at, ${at}),
        ended_by = 'numbers'
      where order_id = any(${[...renumbered]}::text[])`;
  }
  if (questioned.length > 0) {
    await queries`
      update order_code set questioned_at = ${at}
      where order_id = any(${[...questioned]}::text[])`;
  }
}

/** Nobody needed a code for so long. */
const KEPT_MS = 60 * 24 * 60 * 60_000;
/** Whoever asked WeCom has an answer by now, or is no more. */
const ASKED_MS = 10 * 60_000;
/** Whom the member has not confirmed by now will not be. */
const HALF_MS = 7 * 24 * 60 * 60_000;

/** Ends the codes that nobody needs any more; for the night. */
export async function endUnneeded(sql: Sql, now: number): Promise<void> {
  const before = (ms: number) => new Date(now - ms);
  await sql`
    update order_code set ended_at = ${new Date(now)}, ended_by = why.reason
    from (
      select c.state, case
        when o.order_id is null then 'order'
        when exists (
          select 1 from chat where chat.order_id = c.order_id
            and chat.dismissed_at is null) then 'group'
        when c.user_key not in (
          lower(o.designer_wx_user_id collate "C"),
          lower(coalesce(o.project_manager_wx_user_id, '') collate "C"))
          then 'staff'
        when c.config_id is null and c.begun_at < ${before(ASKED_MS)}
          then 'lost'
        when c.begun_at < ${before(KEPT_MS)} then 'age' end as reason
      from order_code c left join customer_order o using (order_id)
      where c.ended_at is null
    ) why
    where why.state = order_code.state and why.reason is not null
      and order_code.ended_at is null`;
  await sql`
    delete from order_code_scan
    where half and scanned_at < ${before(HALF_MS)}`;
}
