/**
 * Asks whether somebody who was picked by hand is the customer, with face, name
 * and remark, and whether the order's number shall stand in the remark as well.
 */
import { isSameUser } from "../../staff/user_id.ts";
import type { At } from "../state/step.ts";
import { Button } from "./button.tsx";
import { Trouble } from "./notice.tsx";
import { Person } from "./person.tsx";
import { Sheet } from "./sheet.tsx";
import type { StepProps } from "./step_view.tsx";

export function PickSheet(
  { step, act }: Omit<StepProps<At<"picking">>, "live">,
) {
  const { customer, write, busy, problem } = step;
  const { order, viewer } = act.model;
  const { designerWxUserId, projectManagerWxUserId } = order;
  // The number is written for those on the order alone.
  const mine = [designerWxUserId, projectManagerWxUserId ?? ""]
    .some((id) => isSameUser(id, viewer.wxUserId));
  return (
    <Sheet id="pick-sheet" title="选这位客户？" onCancel={act.dismiss}>
      <div class="who">
        <Person of={customer} />
      </div>
      <p class="hint">
        订单客户：{[order.customerName, order.customerPhone].join(" ")}
      </p>
      {mine && order.customerPhone && (
        <label class="weui-cell">
          <span class="weui-cell__bd">
            <b>现在就把手机号写进备注</b>
            <small>不勾选的话，建好群后再写</small>
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
      {problem && <Trouble problem={problem} />}
      <div class="pair">
        <Button id="pick-cancel" onClick={act.dismiss}>不是 TA</Button>
        <Button
          kind="primary"
          id="pick-confirm"
          busy={busy}
          onClick={act.link}
        >
          就是 TA
        </Button>
      </div>
    </Sheet>
  );
}
