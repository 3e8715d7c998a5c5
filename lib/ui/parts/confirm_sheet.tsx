/**
 * Asks before the tap that makes a group. It opens at once, and its button
 * waits for the server's preparation.
 */
import { isSameUser } from "../../staff/user_id.ts";
import type { At } from "../state/step.ts";
import { Button } from "./button.tsx";
import { Person } from "./person.tsx";
import { Sheet } from "./sheet.tsx";
import type { StepProps } from "./step_view.tsx";

export function ConfirmSheet(
  { step, act }: Omit<StepProps<At<"confirming">>, "live">,
) {
  const { customer, prepared } = step;
  const { order, staff, viewer, groupName } = act.model;
  const name = prepared?.groupName ?? groupName;
  const { projectManagerWxUserId: manager, projectManagerName } = order;
  const missing = manager &&
    !staff.some(({ wxUserId }) => isSameUser(wxUserId, manager));
  return (
    <Sheet id="confirm-sheet" title="建这个客户群？" onCancel={act.cancel}>
      <dl>
        <dt>群名</dt>
        <dd>{name ?? <i class="bone" />}</dd>
        <dt>客户</dt>
        <dd class="who">
          <Person of={customer} />
        </dd>
        <dt>同事</dt>
        <dd>
          {staff.map(({ wxUserId, name }) => (
            <span key={wxUserId}>
              {name}
              <small>
                {isSameUser(wxUserId, viewer.wxUserId)
                  ? "您，群主"
                  : isSameUser(wxUserId, order.designerWxUserId)
                  ? "设计师"
                  : manager && isSameUser(wxUserId, manager)
                  ? "项目经理"
                  : ""}
              </small>
            </span>
          ))}
        </dd>
      </dl>
      {missing && (
        <p class="notice">
          项目经理{projectManagerName}不在应用的可见范围内，不会进群
        </p>
      )}
      <div class="pair">
        <Button id="confirm-cancel" onClick={act.cancel}>取消</Button>
        <Button
          kind="primary"
          id="confirm-create"
          busy={!prepared}
          onClick={act.confirm}
        >
          建群
        </Button>
      </div>
    </Sheet>
  );
}
