/** The order at the head of its page, and what is known of it in the lists. */
import type { OrderView } from "../../flows/schemas.ts";

export function OrderCard({ order }: { order: OrderView }) {
  const rows = [
    ["订单号", order.orderNo],
    ["门店", order.storeName],
    ["设计师", order.designerName],
    ["项目经理", order.projectManagerName ?? "未指定"],
  ].filter(([, value]) => value);
  return (
    <header class="card order" data-testid="order-card">
      <h1>
        <bdi data-testid="customer-name">{order.customerName}</bdi>
        <Phone masked={order.customerPhone} />
      </h1>
      <dl>
        {rows.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </>
        ))}
      </dl>
    </header>
  );
}

/** Stars are nothing to read aloud: the last digits are. */
function Phone({ masked }: { masked: string }) {
  const last = /\d+$/.exec(masked)?.[0];
  return (
    <small>
      <span aria-hidden="true">{masked}</span>
      {last && <span class="sr">尾号{last}</span>}
    </small>
  );
}
