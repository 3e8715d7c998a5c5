/**
 * My orders (all of them for operators): search, filter, and the state of match
 * and group on each. Plain links and forms: this page ships no script at all.
 */
import type { OrdersPageModel } from "../../orders/page.ts";
import { orderPath } from "../../orders/path.ts";

type Row = OrdersPageModel["orders"][number];

const FILTERS = [
  ["all", "全部"],
  ["without_group", "待建群"],
  ["with_group", "已建群"],
] as const;

export function OrdersPage(
  { viewer, role, orders, nextCursor, query, state }: OrdersPageModel,
) {
  const everyone = role === "operator" || role === "admin";
  const narrowed = query !== "" || state !== "all";
  return (
    <main class="page">
      <h1 class="sr">{everyone ? "全部订单" : "我的订单"}</h1>
      <form class="search" role="search" action="/" method="get">
        <input
          type="search"
          name="query"
          value={query}
          placeholder="客户姓名或订单号"
          aria-label="搜索订单"
          enterkeyhint="search"
          maxlength={64}
        />
        {state !== "all" && <input type="hidden" name="state" value={state} />}
        <button type="submit" class="plain">搜索</button>
      </form>
      <nav class="tabs" aria-label="筛选">
        {FILTERS.map(([value, label]) => (
          <a
            key={value}
            href={address({ state: value, query })}
            aria-current={value === state ? "page" : "false"}
          >
            {label}
          </a>
        ))}
      </nav>
      {orders.length > 0
        ? (
          <ul class="orders">
            {orders.map((order) => (
              <OrderRow key={order.orderId} order={order} />
            ))}
          </ul>
        )
        : (
          <section class="panel" data-testid="orders-empty">
            <h2>{narrowed ? "没有符合的订单" : "还没有订单"}</h2>
            <p>
              {narrowed
                ? "换个关键词，或看看全部订单"
                : everyone
                ? "订单系统推送的订单会出现在这里"
                : "分配给您的订单会出现在这里"}
            </p>
            {narrowed && <a class="plain" href="/">看全部订单</a>}
          </section>
        )}
      {nextCursor && (
        <a
          class="plain more"
          href={address({ state, query, cursor: nextCursor })}
        >
          加载更多
        </a>
      )}
      <footer class="foot">
        <span>{viewer.name}</span>
        {everyone && <a class="plain" href="/admin">控制台</a>}
        <form action="/auth/logout" method="post">
          <button type="submit" class="plain">退出登录</button>
        </form>
      </footer>
    </main>
  );
}

function OrderRow({ order }: { order: Row }) {
  const { orderId, orderNo, customerName, customerPhone, storeName } = order;
  const [tone, label] = badge(order);
  return (
    <li class="card">
      <a
        href={orderPath(orderId)}
        data-testid={`order-${orderId}`}
      >
        <b>{customerName}</b>
        <span class={`tag ${tone}`}>{label}</span>
        <small>
          {[customerPhone, storeName, orderNo].filter(Boolean).join(" · ")}
        </small>
      </a>
    </li>
  );
}

/** The group says more than the match: once there is one, only it is shown. */
function badge({ group, matchState }: Row): [tone: string, label: string] {
  switch (group?.status) {
    case "active":
      return ["good", "已建群"];
    case "pending":
    case "searching":
      return ["news", "建群中"];
    case "dismissed":
      return ["", "群已解散"];
  }
  switch (matchState) {
    case "matched":
      return ["news", "可建群"];
    case "ambiguous":
      return ["news", "待选客户"];
    case "none":
      return ["", "未找到客户"];
    case "unknown":
      return ["", "待匹配"];
  }
}

function address(
  params: { state: string; query: string; cursor?: string },
): string {
  const wanted = Object.entries(params)
    .filter(([name, value]) => value && !(name === "state" && value === "all"));
  const search = new URLSearchParams(wanted).toString();
  return search ? `/?${search}` : "/";
}
