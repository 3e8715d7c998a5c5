/** The H5 page of an order: the order itself, and the way to its group. */
import { GroupFlow } from "../../../islands/GroupFlow.tsx";
import type { GroupPageModel } from "../model.ts";
import { OrderCard } from "../parts/order_card.tsx";

export function GroupPage(
  { model }: { model: GroupPageModel; sandbox: boolean },
) {
  return (
    <main class="page">
      <OrderCard order={model.order} />
      <GroupFlow model={model} />
      <noscript>
        <p class="notice bad">这个页面要用到脚本，请在企业微信里打开</p>
      </noscript>
    </main>
  );
}
