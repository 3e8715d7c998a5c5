/** Orders beside a chat: each as in the list, with the way to its group. */
import type {
  CustomerBeside,
  OrderBadge,
  OrderBeside,
} from "../../flows/schemas.ts";
import { orderPath } from "../../orders/path.ts";
import { OrderItem } from "../parts/order_row.tsx";
import { Say, ToOrders } from "./parts.tsx";

/** What there is to do on the order's page. */
const NEXT: Record<OrderBadge["kind"], string> = {
  created: "打开客户群",
  customer_missing: "打开客户群",
  under_way: "看看建好了没有",
  linkable: "关联客户群",
  can_create: "建客户群",
  to_choose: "选客户，建客户群",
  to_add: "打开订单",
  dismissed: "重新建群",
  unknown: "打开订单",
};
const TO_MAKE: readonly OrderBadge["kind"][] = [
  "linkable",
  "can_create",
  "to_choose",
  "dismissed",
];

export function OrderBesideChat({ order }: { order: OrderBeside }) {
  const { orderId, badge: { kind, by }, sure } = order;
  const toMake = !by && TO_MAKE.includes(kind);
  return (
    <section class="beside">
      <ul class="orders">
        <OrderItem order={order} />
      </ul>
      {!sure && <p class="hint">可能是这位客户的订单，建群前请打开核对</p>}
      <a
        class={"weui-btn weui-btn_" + (toMake && sure ? "primary" : "default")}
        href={orderPath(orderId)}
        data-testid="sidebar-order"
      >
        {by ? "打开订单" : NEXT[kind]}
      </a>
    </section>
  );
}

export function OfCustomer({ view }: { view: CustomerBeside }) {
  const { name, orders, more } = view;
  if (orders.length === 0) {
    return (
      <Say
        id="sidebar-empty"
        title={
          <>
            没有找到<bdi>{name}</bdi>的订单
          </>
        }
        text="在我的订单里打开 TA 的订单，选一次这位客户，以后这里就会显示"
      >
        <a class="weui-btn weui-btn_primary" href="/" data-testid="to-orders">
          去我的订单里找
        </a>
      </Say>
    );
  }
  return (
    <>
      <h1 class="beside-title" tabIndex={-1}>
        <bdi>{name}</bdi>的订单
      </h1>
      {orders.map((order) => (
        <OrderBesideChat key={order.orderId} order={order} />
      ))}
      <footer class="foot">
        <ToOrders>{more ? "还有更多，看我的订单" : "我的订单"}</ToOrders>
      </footer>
    </>
  );
}
