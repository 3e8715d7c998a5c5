/**
 * The field above the list, and the tabs below it. What is typed is posted, since
 * it may be a customer's number; it works without a script.
 */
import type { OrderCount } from "../../flows/schemas.ts";
import type { OrdersPageModel } from "../../orders/page.ts";
import { listAddress, type OrderState } from "../../orders/search_address.ts";

type Props = Pick<
  OrdersPageModel,
  "query" | "state" | "address" | "counts" | "refused"
>;

export function OrderSearch({ query, address, refused }: Props) {
  return (
    <form class="search" role="search" action="/" method="post">
      <div class="field">
        <label for="search">
          <span class="sr">搜索订单</span>
          <input
            id="search"
            type="search"
            name="query"
            value={query}
            placeholder="姓名、手机号、尾号或订单号"
            aria-describedby={refused ? "search-refused" : undefined}
            enterkeyhint="search"
            autocomplete="off"
            maxlength={64}
            data-testid="search"
          />
        </label>
        {query !== "" && (
          <a
            class="clear"
            href={listAddress({ state: address.state })}
            aria-label="清除搜索"
            data-testid="search-clear"
          >
            ✕
          </a>
        )}
      </div>
      {address.state && (
        <input type="hidden" name="state" value={address.state} />
      )}
      <button type="submit" class="plain">搜索</button>
    </form>
  );
}

export const TABS = [
  ["without_group", "待建群", "withoutGroup"],
  ["with_group", "已建群", "withGroup"],
  ["all", "全部", "all"],
] as const;

/** What is looked for goes along; without it the first tab is the bare address. */
export function OrderTabs(
  { query, state, address, counts, first }: Props & { first: OrderState },
) {
  return (
    <nav class="tabs" aria-label="筛选">
      {TABS.map(([value, label, count]) => (
        <a
          key={value}
          href={listAddress({
            search: address.search ?? null,
            state: query === "" && value === first ? null : value,
          })}
          aria-current={value === state ? "page" : "false"}
        >
          {label}
          {counts && <small>{countText(counts[count])}</small>}
        </a>
      ))}
    </nav>
  );
}

const MOST = 99;

/** More are not counted, and nobody wants to know. */
function countText({ count, more }: OrderCount): string {
  if (count > MOST) return `${MOST}+`;
  return more ? `${count}+` : String(count);
}
