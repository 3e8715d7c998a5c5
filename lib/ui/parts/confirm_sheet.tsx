/**
 * Asks before the tap that makes a group: what it is called, who is in it, who
 * is not and why. It opens at once with what the page knows, and its button
 * waits for the server's look, then for the order.
 */
import type { PreviewAnswer } from "../../flows/schemas.ts";
import { isSameUser } from "../../staff/user_id.ts";
import type { At } from "../state/step.ts";
import { roleOf } from "../state/presence.ts";
import { Person } from "./person.tsx";
import { Sheet } from "./sheet.tsx";
import type { StepProps } from "./step_props.ts";

const REASONS: Record<PreviewAnswer["missing"][number]["reason"], string> = {
  departed: "已经离职",
  out_of_scope: "不在应用的可见范围内",
  not_followed: "还不是您的企业微信联系人",
  too_many: "超出了人数上限",
};

export function ConfirmSheet(
  { step, act }: Omit<StepProps<At<"confirming">>, "live">,
) {
  const { customer, preview, busy, problem } = step;
  const { staff, viewer, groupName } = act.model;
  const name = preview?.groupName ?? groupName;
  const colleagues = preview
    ? preview.members.filter(({ role }) => role !== "customer")
    : staff.map(({ wxUserId, name }) => ({ id: wxUserId, name }));
  return (
    <Sheet
      id="confirm"
      title="建这个客户群？"
      problem={problem}
      cancel="取消"
      onCancel={act.cancel}
      confirmId="confirm-create"
      confirm="建群"
      onConfirm={act.confirm}
      busy={!preview || busy}
    >
      <dl aria-busy={!preview}>
        <dt>群名</dt>
        <dd>{name ?? <i class="bone" />}</dd>
        <dt>客户</dt>
        <dd class="who">
          <Person of={customer} />
        </dd>
        <dt>同事</dt>
        <dd>
          {colleagues.map(({ id, name }) => (
            <span key={id}>
              {name}
              <small>
                {isSameUser(id, viewer.wxUserId)
                  ? "您，群主"
                  : roleOf(act.model, id)}
              </small>
            </span>
          ))}
        </dd>
        <dt>人数</dt>
        <dd>
          {preview
            ? `${preview.size.members} 人，最多 ${preview.size.most} 人`
            : <i class="bone" />}
        </dd>
      </dl>
      {preview?.missing.map(({ id, name, role, reason }) => (
        <p class="notice" key={id}>
          {role === "customer" ? "客户" : roleOf(act.model, id)}
          {name}
          {REASONS[reason]}，不会进群
        </p>
      ))}
    </Sheet>
  );
}
