/** An order in the list: whose, which, and how far it is. */
import type { OrderBadge, OrderRow } from "../../flows/schemas.ts";
import { orderPath } from "../../orders/path.ts";

export function OrderItem({ order }: { order: OrderRow }) {
  const { orderId, orderNo, customerName, customerPhone, storeName } = order;
  const rest = [customerPhone, storeName, orderNo].filter(Boolean);
  return (
    <li class="card">
      <a href={orderPath(orderId)} data-testid={`order-${orderId}`}>
        <b>
          <bdi>{customerName}</bdi>
        </b>
        <Badge badge={order.badge} />
        <small>
          {rest.map((text, index) => (
            <span key={index}>
              {index > 0 && " · "}
              <bdi>{text}</bdi>
            </span>
          ))}
        </small>
      </a>
    </li>
  );
}

const BADGES: Record<
  OrderBadge["kind"],
  readonly [tone: string, word: string]
> = {
  created: ["good", "已建群"],
  customer_missing: ["news", "客户未进群"],
  under_way: ["news", "建群中"],
  linkable: ["news", "可关联"],
  can_create: ["news", "可建群"],
  to_choose: ["news", "待选客户"],
  to_add: ["", "待添加"],
  dismissed: ["", "群已解散"],
  unknown: ["", "待匹配"],
};

/** A colleague is named where it is not for the viewer to go on. */
function Badge({ badge: { kind, by } }: { badge: OrderBadge }) {
  const [tone, word] = BADGES[kind];
  return (
    <span class={`tag ${by ? "" : tone}`} data-badge={kind}>
      {by && <bdi>{by.name}</bdi>}
      <span>{word}</span>
    </span>
  );
}
