/**
 * Who will be in an order's group: designer, project manager, whoever begins, and
 * the customers. Who left the company or the app's visible scope cannot be put in
 * (90240), and is named.
 */
import type { Queries } from "../store/database.ts";
import type { PreviewAnswer } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import { staffRow } from "../staff/staff.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";

/** What to do about somebody who cannot be put in. */
const NEXT = {
  departed: "请在订单系统里换成在职的同事，建群后再把同事拉进群也可以",
  out_of_scope:
    "请管理员核对账号，并把 TA 加入应用的可见范围，建群后再拉进群也可以",
} as const;

type Person = PreviewAnswer["members"][number];

export interface People {
  members: Person[];
  missing: PreviewAnswer["missing"];
}

/** Userids as WeCom spells them; whoever begins is always in. */
export async function peopleFor(
  queries: Queries,
  order: Order,
  actor: Actor,
  customers: readonly string[],
): Promise<People> {
  const staff = rolesOf(order, actor);
  const rows = await queries<
    {
      id: string;
      spelled: string | null;
      name: string | null;
      departed: boolean;
      outOfScope: boolean;
    }[]
  >`
    select w.id, told.wx_user_id as spelled,
      coalesce(s.name, c.name) as name,
      s.departed_at is not null as departed,
      scope.left_at is not null as out_of_scope
    from unnest(
      ${[...staff.map((one) => one.id), ...customers]}::text[],
      ${[
    ...staff.map((one) => userKey(one.id)),
    ...customers.map(() => null),
  ]}::text[]
    ) as w (id, user_key)
    left join lateral ${staffRow(queries, queries`w.user_key`)} s on true
    left join user_spelling told on told.user_key = w.user_key
    left join member_scope scope on scope.user_key = w.user_key
    left join contact c on c.external_user_id = w.id and w.user_key is null`;
  const found = new Map(rows.map((row) => [row.id, row]));
  const people: People = { members: [], missing: [] };
  for (const { id, role } of staff) {
    const row = found.get(id);
    const person = { id: row?.spelled ?? id, name: row?.name ?? id, role };
    const reason = isSameUser(id, actor.wxUserId)
      ? null
      : row?.departed
      ? "departed"
      : row?.outOfScope
      ? "out_of_scope"
      : null;
    if (reason) {
      people.missing.push({ ...person, reason, next: NEXT[reason] });
    } else people.members.push(person);
  }
  for (const id of customers) {
    const name = found.get(id)?.name ?? order.customerName;
    people.members.push({ id, name, role: "customer" });
  }
  return people;
}

/** Each person once, with the first role that they have. */
function rolesOf(order: Order, { wxUserId }: Actor) {
  const manager = order.projectManagerWxUserId;
  const all: { id: string; role: Person["role"] }[] = [
    { id: order.designerWxUserId, role: "designer" },
    ...(manager ? [{ id: manager, role: "project_manager" as const }] : []),
    { id: wxUserId, role: "initiator" },
  ];
  return all.filter(({ id }, index) =>
    all.findIndex((other) => isSameUser(other.id, id)) === index
  );
}
