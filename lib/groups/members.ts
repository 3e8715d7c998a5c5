/**
 * Who is in an order's group, and who belongs into it: two statements that are
 * asked in parallel, whatever the size of the group. Userids ignore case
 * (90196), ids of customers do not.
 */
import type { Sql } from "../store/database.ts";
import type { ChatRow } from "../chats/mirror.ts";
import { type Customer, customersOf } from "../contacts/customers.ts";
import type { MissingMember } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import { staffName, staffRow } from "../staff/staff.ts";
import { userKey } from "../staff/user_id.ts";
import { missingPeople, standingOfCustomers, type Stay } from "./missing.ts";

export interface GroupPeople {
  ownerName: string;
  /** Who is in it now: staff first, by the time they came. */
  present: Stay[];
  /** All customers who belong into it are in it. */
  customerJoined: boolean;
  missing: MissingMember[];
}

export async function peopleOfGroup(
  sql: Sql,
  order: Order,
  chat: Pick<ChatRow, "chatId" | "owner">,
): Promise<GroupPeople> {
  const [stays, rows] = await Promise.all([
    staysIn(sql, chat.chatId),
    belongingTo(sql, order, chat),
  ]);
  const of = <K extends Belonging["kind"]>(kind: K) =>
    rows.filter((row): row is Belonging & { kind: K } => row.kind === kind);
  const externals = stays.filter((stay) => stay.type === "external");
  const known = of("customer");
  const putIn = of("put_in");
  const { ids, absent } = standingOfCustomers(
    known,
    externals,
    putIn.map((row) => row.id),
  );
  const asked = of("asked").map((row) => row.id);
  return {
    ownerName: of("owner")[0]?.name ?? chat.owner,
    present: stays.filter((stay) => stay.present),
    customerJoined: ids.size === 0
      ? externals.some((stay) => stay.present)
      : absent.size === 0,
    missing: missingPeople({
      customers: [...known, ...putIn].filter((row) => absent.has(row.id)),
      staff: of("staff"),
      asked: asked.length > 0 ? asked : null,
      stays,
    }),
  };
}

/** Each member once, by the latest stay. */
async function staysIn(sql: Sql, chatId: string): Promise<Stay[]> {
  return await sql<Stay[]>`
    select * from (
      select distinct on (m.member_id) m.member_id, m.type, m.joined_at,
        m.left_at is null as present,
        bool_or(m.left_at is not null) over (partition by m.member_id)
          as had_left,
        case m.type
          when 'member' then coalesce(s.name, nullif(m.name, ''), m.member_id)
          else m.name end as name
      from chat_member m
      left join lateral ${
    staffRow(sql, sql`lower(m.member_id collate "C")`)
  } s on m.type = 'member'
      where m.chat_id = ${chatId}
      order by m.member_id, m.left_at desc nulls first, m.joined_at desc
    ) stay
    order by type desc, joined_at, member_id`;
}

type Belonging =
  & { id: string; name: string }
  & (
    | ({ kind: "customer" } & Pick<Customer, "source" | "sure" | "places">)
    /** `id`: as the ERP writes it; `spelled`: as WeCom does. */
    | { kind: "staff"; spelled: string; departed: boolean }
    | { kind: "owner" }
    /** Whom the client was asked to put into it. */
    | { kind: "asked" }
    /** The same of customers. */
    | { kind: "put_in" }
  );

async function belongingTo(
  sql: Sql,
  order: Order,
  { chatId, owner }: Pick<ChatRow, "chatId" | "owner">,
): Promise<Belonging[]> {
  const staff = staffOf(order);
  return await sql<Belonging[]>`
    select 'customer' as kind, customer.external_user_id as id, c.name,
      customer.source, customer.sure, customer.places, null as spelled,
      false as departed
    from ${customersOf(sql, [order])} customer
    left join contact c using (external_user_id)
    union all
    select 'staff', w.id, s.name, null, null, null, coalesce(told.wx_user_id, w.id),
      s.departed_at is not null or scope.left_at is not null
    from unnest(${staff}::text[], ${staff.map(userKey)}::text[])
      as w (id, user_key)
    left join lateral ${staffRow(sql, sql`w.user_key`)} s on true
    left join user_spelling told on told.user_key = w.user_key
    left join member_scope scope on scope.user_key = w.user_key
    union all
    select 'owner', ${owner}, ${
    staffName(sql, sql`${owner}::text`)
  }, null, null, null, null, false
    union all
    select who.kind, who.id, c.name, null, null, null, null, false
    from (
      select user_ids, external_user_ids from group_intent
      where chat_id = ${chatId} and state = 'active' limit 1) made
    cross join lateral (
      select 'asked' as kind, unnest(made.user_ids) as id
      union all
      select 'put_in', unnest(made.external_user_ids)) who
    left join contact c on who.kind = 'put_in' and c.external_user_id = who.id`;
}
