/**
 * Who belongs into an order's group and is not in it: a customer who has not
 * come in yet or has left, a colleague who left, or one who was put on the
 * order after the group had been made. Colleagues can be put in from the client
 * (updateEnterpriseChat, doc 98430: staff only); a customer has to join.
 */
import type { Sql } from "../store/database.ts";
import type { MissingMember } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import { staffRow } from "../staff/staff.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";

interface Wanted {
  memberId: string;
  kind: MissingMember["kind"];
}

/** What the mirror has of somebody who is wanted in the group. */
export interface Known {
  /** The id that was asked for. */
  wanted: string;
  /** As WeCom spells it. */
  memberId: string;
  name: string;
  present: boolean;
  hadLeft: boolean;
  /** Left the company: nobody asks for them. */
  departed: boolean;
}

/** From the mirror; nobody who left the company is asked for. */
export async function missingFrom(
  sql: Sql,
  chatId: string,
  order: Order,
  customers: ReadonlySet<string>,
): Promise<MissingMember[]> {
  const wanted: Wanted[] = [
    ...[...customers].map((memberId): Wanted => ({
      memberId,
      kind: "customer",
    })),
    ...staffOf(order).map((memberId): Wanted => ({ memberId, kind: "staff" })),
  ];
  if (wanted.length === 0) return [];
  const [known, asked] = await Promise.all([
    knownOf(sql, chatId, wanted),
    sql<{ userIds: string[] }[]>`
      select user_ids from group_intent
      where chat_id = ${chatId} and state = 'active' limit 1`,
  ]);
  return missingOf(wanted, known, asked[0]?.userIds ?? null);
}

/**
 * `asked`: the colleagues who were put into the group when it was made; null for a
 * group that nobody prepared.
 */
export function missingOf(
  wanted: readonly Wanted[],
  known: readonly Known[],
  asked: readonly string[] | null,
): MissingMember[] {
  const found = new Map(known.map((row) => [row.wanted, row]));
  // One of several who stand for the customer (a couple) is enough.
  const customerIn = wanted.some(({ memberId, kind }) =>
    kind === "customer" && found.get(memberId)?.present
  );
  const wasAsked = (id: string) =>
    asked === null || asked.some((other) => isSameUser(other, id));
  return wanted.flatMap(({ memberId: id, kind }): MissingMember[] => {
    const row = found.get(id);
    if (!row || row.present || row.departed) return [];
    if (kind === "customer" && customerIn) return [];
    const reason = row.hadLeft
      ? "left"
      : kind === "staff" && !wasAsked(id)
      ? "changed_on_order"
      : "not_joined";
    const { memberId, name } = row;
    return [{ memberId, name: name || memberId, kind, reason }];
  });
}

async function knownOf(
  sql: Sql,
  chatId: string,
  wanted: readonly Wanted[],
): Promise<Known[]> {
  return await sql<Known[]>`
    select w.id as wanted, coalesce(told.wx_user_id, w.id) as member_id,
      coalesce(s.name, c.name, max(m.name), w.id) as name,
      coalesce(bool_or(m.chat_id is not null and m.left_at is null), false)
        as present,
      coalesce(bool_or(m.left_at is not null), false) as had_left,
      s.departed_at is not null as departed
    from unnest(
      ${wanted.map((one) => one.memberId)}::text[],
      ${
    wanted.map((one) => one.kind === "staff" ? userKey(one.memberId) : null)
  }::text[]
    ) as w (id, user_key)
    left join chat_member m on m.chat_id = ${chatId} and case
      when w.user_key is null then m.member_id = w.id
      else m.type = 'member' and lower(m.member_id collate "C") = w.user_key end
    left join lateral ${staffRow(sql, sql`w.user_key`)} s on true
    left join user_spelling told on told.user_key = w.user_key
    left join contact c on c.external_user_id = w.id and w.user_key is null
    group by w.id, told.wx_user_id, s.name, c.name, s.departed_at`;
}
