/**
 * Whose turn it is to remind a colleague about an order: one card within ten
 * minutes, decided in the database before WeCom is called, so that of two taps at
 * the same time one sends it. A card that WeCom refused takes no turn.
 */
import type { Queries } from "../store/database.ts";
import { userKey } from "../staff/user_id.ts";

export const REMINDER_MS = 10 * 60_000;

export interface Turn {
  orderId: string;
  /** The colleague who is reminded. */
  wxUserId: string;
  at: Date;
}

/** null: it is taken. Else how long somebody else's still lasts, in ms. */
export async function takeTurn(
  queries: Queries,
  { orderId, wxUserId, at }: Turn,
  takenBy: string,
): Promise<number | null> {
  const free = new Date(at.getTime() - REMINDER_MS);
  const taken = await queries`
    insert into order_reminder (order_id, user_key, taken_at, taken_by)
    values (${orderId}, ${userKey(wxUserId)}, ${at}, ${takenBy})
    on conflict (order_id, user_key) do update set
      taken_at = excluded.taken_at, taken_by = excluded.taken_by
    where order_reminder.taken_at is null or order_reminder.taken_at <= ${free}
    returning 1`;
  if (taken.length > 0) return null;
  const [row] = await queries<{ takenAt: Date | null }[]>`
    select taken_at from order_reminder
    where order_id = ${orderId} and user_key = ${userKey(wxUserId)}`;
  const since = row?.takenAt?.getTime() ?? at.getTime();
  // Clocks of instances differ: never longer than a turn lasts.
  const left = Math.min(since + REMINDER_MS - at.getTime(), REMINDER_MS);
  return Math.max(left, 1_000);
}

/** The card did not go out. */
export async function giveTurnBack(
  queries: Queries,
  { orderId, wxUserId, at }: Turn,
): Promise<void> {
  await queries`
    update order_reminder set taken_at = null
    where order_id = ${orderId} and user_key = ${userKey(wxUserId)}
      and taken_at = ${at}`;
}

/** The card went out. */
export async function countReminder(
  queries: Queries,
  { orderId, wxUserId, at }: Turn,
): Promise<void> {
  await queries`
    update order_reminder set sent = sent + 1, sent_at = ${at}
    where order_id = ${orderId} and user_key = ${userKey(wxUserId)}`;
}
