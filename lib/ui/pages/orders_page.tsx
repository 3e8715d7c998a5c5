/**
 * My orders (all of them for operators): search, tabs, and how far each order is.
 * Plain links and forms; only more rows come by a script where there is one.
 */
import { asset } from "fresh/runtime";
import { firstTab, type OrdersPageModel } from "../../orders/page.ts";
import { listAddress } from "../../orders/search_address.ts";
import { OrderItem } from "../parts/order_row.tsx";
import { OrderSearch, OrderTabs, TABS } from "../parts/order_search.tsx";

export function OrdersPage(model: OrdersPageModel) {
  const { viewer, role, orders, nextCursor, query, address, refused } = model;
  const everyone = role === "operator" || role === "admin";
  return (
    <main class="page">
      <h1 class="sr">{everyone ? "全部订单" : "我的订单"}</h1>
      <OrderSearch {...model} />
      {refused && (
        <p
          class="hint"
          id="search-refused"
          role="status"
          data-testid="search-refused"
        >
          {REFUSED[refused]}
        </p>
      )}
      <OrderTabs {...model} first={firstTab(role, query)} />
      {query !== "" && orders.length > 0 && (
        <p class="hint found" role="status">
          {foundText(orders.length, nextCursor !== null)}
        </p>
      )}
      {orders.length > 0
        ? (
          <ul class="orders">
            {orders.map((order) => (
              <OrderItem key={order.orderId} order={order} />
            ))}
          </ul>
        )
        : <Empty {...model} />}
      {nextCursor && (
        <a
          class="plain more"
          href={listAddress({ ...address, cursor: nextCursor })}
        >
          加载更多
        </a>
      )}
      <footer class="foot">
        <span>
          <bdi>{viewer.name}</bdi>
        </span>
        {everyone && <a class="plain" href="/admin">控制台</a>}
        <form action="/auth/logout" method="post">
          <button type="submit" class="plain">退出登录</button>
        </form>
      </footer>
      {nextCursor && (
        <>
          <p class="sr" role="status" data-testid="rows-status"></p>
          <script type="module" src={asset("/orders.js")}></script>
        </>
      )}
    </main>
  );
}

const REFUSED = {
  expired: "搜索已过期，请重新输入",
  another_person: "这是同事的搜索，请自己输入一次",
} as const;

function foundText(count: number, more: boolean): string {
  return more ? `找到的订单较多，先显示 ${count} 个` : `找到 ${count} 个订单`;
}

/** Why nothing is there, and where there may be something. */
function Empty(
  { role, query, state, address, counts }: OrdersPageModel,
) {
  const everyone = role === "operator" || role === "admin";
  const tab = TABS.find(([value]) => value === state)?.[1] ?? "";
  const elsewhere = query === "" ? (counts?.all.count ?? 0) > 0 : true;
  const [title, text] = query !== ""
    ? ["没有找到订单", "可以输入客户姓名、完整手机号、手机尾号四位或订单号"]
    : elsewhere && state !== "all"
    ? [
      `没有${tab}的订单`,
      state === "without_group" ? "客户群都建好了" : "建好群的订单会出现在这里",
    ]
    : [
      "还没有订单",
      everyone
        ? "订单系统推送的订单会出现在这里"
        : "分配给您的订单会出现在这里",
    ];
  const search = address.search ?? null;
  return (
    <section class="panel" aria-live="polite" data-testid="orders-empty">
      <h2>{title}</h2>
      <p>{text}</p>
      {elsewhere && state !== "all" && (
        <a class="plain" href={listAddress({ state: "all", search })}>
          {query === "" ? "看全部订单" : "在全部订单里找"}
        </a>
      )}
    </section>
  );
}
