/**
 * A group without an order: the orders of its customers come first, then a search
 * among one's own. Only who owns the group can link it.
 */
import type { OrderRow } from "../../flows/schemas.ts";
import type { Actions } from "./actions.ts";
import { OrderBesideChat } from "./orders.tsx";
import { Press, Refusal, ToOrders } from "./parts.tsx";
import type { Free } from "./step.ts";

interface Props {
  step: Free;
  act: Actions;
}

export function OfFreeGroup({ step, act }: Props) {
  const { view } = step;
  const { mayLink, owner, choices } = view;
  return (
    <>
      <div class="lead">
        <h1 class="beside-title" tabIndex={-1}>这个群还没有关联订单</h1>
        <p data-testid="sidebar-free">
          {mayLink ? "选出这个群的订单，以后在这里就能看到" : (
            <>
              群主是<bdi>{owner.name}</bdi>，请 TA 在这个群里打开这里来关联
            </>
          )}
        </p>
      </div>
      {mayLink
        ? (
          <>
            {choices.length > 0 && (
              <Choices
                legend="群里客户的订单"
                orders={choices}
                choose={act.choose}
              />
            )}
            <SearchOrders step={step} act={act} />
          </>
        )
        : choices.map((order) => (
          <OrderBesideChat key={order.orderId} order={order} />
        ))}
      <footer class="foot">
        <ToOrders>我的订单</ToOrders>
      </footer>
    </>
  );
}

function Choices({ legend, orders, choose }: {
  legend: string;
  orders: readonly OrderRow[];
  choose: (order: OrderRow) => void;
}) {
  return (
    <fieldset class="weui-cells">
      <legend>{legend}</legend>
      {orders.map((order) => (
        <button
          key={order.orderId}
          type="button"
          class="weui-cell"
          data-testid={"choose-" + order.orderId}
          onClick={() => choose(order)}
        >
          <span class="weui-cell__bd">
            <b>
              <bdi>{order.customerName}</bdi>
            </b>
            <small>{detailsOf(order)}</small>
          </span>
          <i class="arrow" />
        </button>
      ))}
    </fieldset>
  );
}

export function detailsOf(order: OrderRow): string {
  const { customerPhone, storeName, orderNo } = order;
  return [customerPhone, storeName, orderNo].filter(Boolean).join(" · ");
}

/** Posted by the script: what is typed may be a number. */
function SearchOrders({ step: { search, view }, act }: Props) {
  const shown = view.choices.map(({ orderId }) => orderId);
  const found = search?.at === "found"
    ? search.orders.filter(({ orderId }) => !shown.includes(orderId))
    : [];
  return (
    <>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const query = new FormData(event.currentTarget).get("query");
          void act.search(String(query).trim());
        }}
      >
        <div class="field">
          <label for="search">
            <span class="sr">在没有群的订单里搜索</span>
            <input
              id="search"
              type="search"
              name="query"
              placeholder={view.choices.length > 0
                ? "找其他订单"
                : "姓名、手机号、尾号或订单号"}
              enterkeyhint="search"
              autocomplete="off"
              maxlength={64}
              data-testid="search"
            />
          </label>
        </div>
        <button
          type="submit"
          class="plain"
          aria-busy={search?.at === "searching"}
        >
          搜索
        </button>
      </form>
      {search?.at === "failed" && (
        <>
          <Refusal problem={search.problem} />
          <Press
            id="retry"
            kind="plain"
            onClick={() => act.search(search.query)}
          >
            重试
          </Press>
        </>
      )}
      {search?.at === "found" && <p class="hint">{foundText(search)}</p>}
      {found.length > 0 && (
        <Choices legend="找到的订单" orders={found} choose={act.choose} />
      )}
    </>
  );
}

export function foundText(
  { orders, more }: { orders: readonly OrderRow[]; more: boolean },
): string {
  if (orders.length === 0) {
    return "没有找到还没有群的订单，换个姓名、手机尾号或订单号试试";
  }
  return more
    ? `找到的订单较多，先显示 ${orders.length} 个`
    : `找到 ${orders.length} 个订单`;
}
