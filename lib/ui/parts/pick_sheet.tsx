/**
 * Asks whether somebody who was picked by hand is the customer, with face, name
 * and remark, and whether the order's number shall stand in the remark as well.
 */
import type { At } from "../state/step.ts";
import { Person } from "./person.tsx";
import { Sheet } from "./sheet.tsx";
import type { StepProps } from "./step_props.ts";

export function PickSheet(
  { step, act }: Omit<StepProps<At<"picking">>, "live">,
) {
  const { customer, write, busy, problem } = step;
  const { order, mayNote } = act.model;
  return (
    <Sheet
      id="pick"
      title="选这位客户？"
      problem={problem}
      cancel="不是 TA"
      onCancel={act.dismiss}
      confirmId="pick-confirm"
      confirm="就是 TA"
      onConfirm={act.link}
      busy={busy}
    >
      <div class="who">
        <Person of={customer} />
      </div>
      <p class="hint">
        订单客户：{[order.customerName, order.customerPhone].join(" ")}
      </p>
      {mayNote && (
        <label class="weui-cell">
          <span class="weui-cell__bd">
            <b>把 {order.customerPhone} 记到 TA 的备注</b>
            <small>不勾选的话，建好群后再记</small>
          </span>
          <input
            type="checkbox"
            data-testid="write-number"
            checked={write}
            disabled={busy}
            onChange={({ currentTarget }) =>
              act.setWrite(currentTarget.checked)}
          />
        </label>
      )}
    </Sheet>
  );
}
