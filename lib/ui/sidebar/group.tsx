/** A group that has its order: the order, and the company's welcome to send. */
import type { Actions } from "./actions.ts";
import { OrderBesideChat } from "./orders.tsx";
import { Press, Refusal, ToOrders } from "./parts.tsx";
import type { At } from "./step.ts";

export function OfGroup({ step, act }: { step: At<"linked">; act: Actions }) {
  const { view: { order, welcome }, sending, news } = step;
  return (
    <>
      <h1 class="beside-title" tabIndex={-1}>这个群的订单</h1>
      {news && <p class="notice">群已经关联到这个订单</p>}
      {order && <OrderBesideChat order={order} />}
      {welcome && (
        <section class="card welcome">
          <h2>欢迎语</h2>
          <p class="words" data-testid="welcome">{welcome}</p>
          {sending?.at === "refused" && <Refusal problem={sending.problem} />}
          <Press
            id="send-welcome"
            kind={sending?.at === "sent" ? "default" : "primary"}
            busy={sending?.at === "sending"}
            onClick={act.send}
          >
            {sending?.at === "sent" ? "再发一次" : "发到这个群"}
          </Press>
          <div class="row">
            <Press
              id="copy-welcome"
              kind={sending?.at === "refused" ? "default" : "plain"}
              onClick={act.copyWelcome}
            >
              复制
            </Press>
          </div>
          {sending && SAID[sending.at] && (
            <p class="hint" data-testid="welcome-said">{SAID[sending.at]}</p>
          )}
        </section>
      )}
      <footer class="foot">
        <ToOrders>我的订单</ToOrders>
      </footer>
    </>
  );
}

export const SAID: Partial<
  Record<NonNullable<At<"linked">["sending"]>["at"], string>
> = {
  sent: "欢迎语已发到群里",
  cancelled: "没有发送",
  copied: "欢迎语已复制，到群里粘贴就能发",
  uncopied: "没能复制，请长按上面的文字",
  refused: "可以复制欢迎语，到群里粘贴",
};
