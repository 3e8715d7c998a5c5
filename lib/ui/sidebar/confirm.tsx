/** Asks before the group becomes the order's: which group, which order, whose. */
import type { Actions } from "./actions.ts";
import { detailsOf } from "./free.tsx";
import { Press, Refusal } from "./parts.tsx";
import { type At, canConfirm, ownCustomers } from "./step.ts";

export function ConfirmLink(
  { step, act }: { step: At<"confirming">; act: Actions },
) {
  const { order, who, busy, problem, from: { view } } = step;
  return (
    <section class="card confirm" data-testid="link-confirm">
      <h1 tabIndex={-1}>把这个群关联到订单？</h1>
      <dl>
        <dt>群</dt>
        <dd>
          <bdi>{view.groupName}</bdi>
        </dd>
        <dt>订单</dt>
        <dd>
          <bdi>{order.customerName}</bdi>
          <small>{detailsOf(order)}</small>
        </dd>
      </dl>
      {who && <Who step={step} act={act} chosen={who.chosen} />}
      {problem && <Refusal problem={problem} />}
      <div class="pair">
        <Press
          id="link-cancel"
          kind="default"
          disabled={busy}
          onClick={act.cancel}
        >
          取消
        </Press>
        <Press
          id="link-existing"
          kind="primary"
          busy={busy}
          disabled={!canConfirm(step)}
          onClick={act.link}
        >
          关联
        </Press>
      </div>
    </section>
  );
}

/** Nobody in the group is known to be the order's customer: a person says who. */
function Who({ step, act, chosen }: {
  step: At<"confirming">;
  act: Actions;
  chosen: string | null;
}) {
  const people = ownCustomers(step);
  if (people.length === 0) {
    return (
      <p class="notice">
        群里没有您的企业微信联系人。请先添加客户，再来关联
      </p>
    );
  }
  return (
    <fieldset class="weui-cells">
      <legend>群里谁是这个订单的客户？</legend>
      {people.map(({ externalUserId, name }) => (
        <label
          class="weui-cell"
          key={externalUserId}
          data-testid={"candidate-" + externalUserId}
        >
          <span class="weui-cell__bd">
            <b>
              <bdi>{name}</bdi>
            </b>
          </span>
          <input
            type="radio"
            name="customer"
            checked={chosen === externalUserId}
            onChange={() => act.pick(externalUserId)}
          />
        </label>
      ))}
    </fieldset>
  );
}
