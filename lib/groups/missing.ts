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

interface Wanted {
  memberId: string;
  kind: MissingMember["kind"];
}

/** From the mirror; nobody who left the company is asked for. */
export async function missingFrom(
  sql: Sql,
  chatId: string,
  order: Order,
  customers: ReadonlySet<string>,
): Promise<MissingMember[]> {
  const staff = staffOf(order);
  const wanted: Wanted[] = [
    ...[...customers].map((memberId): Wanted => ({
      memberId,
      kind: "customer",
    })),
    ...staff.map((memberId): Wanted => ({ memberId, kind: "staff" })),
  ];
  if (wanted.length === 0) return [];
  const rows = await sql<
    {
      memberId: string;
      name: string;
      present: boolean;
      hadLeft: boolean;
      departed: boolean;
    }[]
  >`
    select w.id as member_id,
      coalesce(s.name, c.name, max(m.name), w.id) as name,
      coalesce(bool_or(m.chat_id is not null and m.left_at is null), false)
        as present,
      coalesce(bool_or(m.left_at is not null), false) as had_left,
      s.departed_at is not null as departed
    from unnest(${wanted.map((one) => one.memberId)}::text[]) as w (id)
    left join chat_member m on m.member_id = w.id and m.chat_id = ${chatId}
    left join staff s on s.wx_user_id = w.id
    left join contact c on c.external_user_id = w.id
    group by w.id, s.name, c.name, s.departed_at`;
  const found = new Map(rows.map((row) => [row.memberId, row]));
  // One of several who stand for the customer (a couple) is enough.
  const customerIn = [...customers].some((id) => found.get(id)?.present);
  const [asked] = await sql<{ userIds: string[] }[]>`
    select user_ids from group_intent
    where chat_id = ${chatId} and state = 'active' limit 1`;

  return wanted.flatMap(({ memberId, kind }): MissingMember[] => {
    const row = found.get(memberId);
    if (!row || row.present || row.departed) return [];
    if (kind === "customer" && customerIn) return [];
    const reason = row.hadLeft
      ? "left"
      : kind === "staff" && asked && !asked.userIds.includes(memberId)
      ? "changed_on_order"
      : "not_joined";
    return [{ memberId, name: row.name || memberId, kind, reason }];
  });
}
