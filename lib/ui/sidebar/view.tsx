/** Draws the step, and says it aloud in one place that is always there. */
import type { Actions } from "./actions.ts";
import { ConfirmLink } from "./confirm.tsx";
import { foundText, OfFreeGroup } from "./free.tsx";
import { OfGroup, SAID } from "./group.tsx";
import { OfCustomer } from "./orders.tsx";
import { Press, Refusal, Say, ToOrders } from "./parts.tsx";
import type { Step } from "./step.ts";

export function SidebarView({ step, act }: { step: Step; act: Actions }) {
  return (
    <>
      <p class="sr" role="status" data-testid="sidebar-said">{said(step)}</p>
      <Screen step={step} act={act} />
    </>
  );
}

function Screen({ step, act }: { step: Step; act: Actions }) {
  switch (step.at) {
    case "asking":
      return <Say mark="wait" title="正在查找订单" />;
    case "elsewhere":
      return (
        <Say
          id="sidebar-elsewhere"
          mark="warn"
          title="请从聊天里打开"
          text="打开和客户的聊天或客户群，点聊天工具栏里的这个应用，就能看到对应的订单"
        >
          <ToOrders>我的订单</ToOrders>
        </Say>
      );
    case "old":
      return (
        <Say
          id="error-CLIENT_TOO_OLD"
          mark="warn"
          title="请先升级企业微信"
          text="这个版本看不出您在和谁聊天。升级前可以从我的订单里找"
        >
          <ToOrders>我的订单</ToOrders>
        </Say>
      );
    case "failed":
      return <Failed step={step} act={act} />;
    case "customer":
      return <OfCustomer view={step.view} />;
    case "linked":
      return <OfGroup step={step} act={act} />;
    case "taken":
      return (
        <Say
          id="sidebar-taken"
          mark="warn"
          title="这是另一个订单的群"
          text="那个订单由其他同事负责，这里不显示"
        >
          <ToOrders>我的订单</ToOrders>
        </Say>
      );
    case "free":
      return <OfFreeGroup step={step} act={act} />;
    case "confirming":
      return <ConfirmLink step={step} act={act} />;
  }
}

function Failed(
  { step: { problem }, act }: {
    step: Extract<Step, { at: "failed" }>;
    act: Actions;
  },
) {
  const expired = problem.error === "UNAUTHENTICATED";
  return (
    <Say mark="warn" title="没有查到订单">
      <Refusal problem={problem} />
      <Press
        id="retry"
        kind="primary"
        onClick={() => expired ? location.reload() : act.start()}
      >
        {expired ? "重新打开" : "重试"}
      </Press>
      <ToOrders>我的订单</ToOrders>
    </Say>
  );
}

/** For who does not see the screen: what has come of what they did. */
export function said(step: Step): string {
  switch (step.at) {
    case "asking":
      return "正在查找订单";
    case "elsewhere":
      return "请从聊天里打开";
    case "old":
      return "请先升级企业微信";
    case "failed":
      return step.problem.msg;
    case "customer": {
      const { name, orders } = step.view;
      return orders.length > 0
        ? `${name}有 ${orders.length} 个订单`
        : `没有找到${name}的订单`;
    }
    case "linked":
      if (step.sending?.at === "refused") return step.sending.problem.msg;
      if (step.sending?.at === "sending") return "正在发送";
      if (step.sending) return SAID[step.sending.at] ?? "";
      return step.news ? "群已经关联到这个订单" : "这个群有订单了";
    case "taken":
      return "这是另一个订单的群";
    case "free":
      if (step.search?.at === "searching") return "正在搜索";
      if (step.search?.at === "failed") return step.search.problem.msg;
      return step.search ? foundText(step.search) : "这个群还没有关联订单";
    case "confirming":
      if (step.busy) return "正在关联";
      return step.problem ? step.problem.msg : "把这个群关联到订单？";
  }
}
