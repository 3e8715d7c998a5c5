/** The H5 page of an order: the order itself, and the way to its group. */
import { GroupFlow } from "../../../islands/GroupFlow.tsx";
import type { GroupPageModel } from "../model.ts";
import { OrderCard } from "../parts/order_card.tsx";

export function GroupPage(
  { model }: { model: GroupPageModel; sandbox: boolean },
) {
  return (
    <main class="page">
      <nav class="crumb">
        <a href="/">我的订单</a>
      </nav>
      <OrderCard order={model.order} />
      <GroupFlow model={model} />
      {/* Shown by the stylesheet when no script has come after 8 seconds. */}
      <p class="notice bad late">
        <span>页面没有加载完整，按钮还不能用</span>
        <a class="plain" href="">重新打开</a>
      </p>
      <noscript>
        <p class="notice bad">这个页面要用到脚本，请在企业微信里打开</p>
      </noscript>
    </main>
  );
}
