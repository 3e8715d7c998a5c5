/**
 * Asks before the tap that makes a group: what it is called, who is in it, who
 * is not and why. It opens at once with what the page knows, and its button
 * waits for the server's look, then for the order.
 */
import { mayConfirm } from "../state/preparing.ts";
import type { At } from "../state/step.ts";
import { Person } from "./person.tsx";
import { Sheet } from "./sheet.tsx";
import type { StepProps } from "./step_props.ts";

export function ConfirmSheet(
  { step, act }: Omit<StepProps<At<"confirming">>, "live">,
) {
  const { customers, preview, second, problem } = step;
  const { staff, groupName } = act.model;
  const name = preview?.groupName ?? groupName;
  // The second colleague is in the select below, and may be another one there.
  const members = preview?.members.filter((one) => one.role !== "second");
  const colleagues = members?.filter((one) => one.label) ?? staff;
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
      busy={step.busy}
      loading={!preview}
      disabled={!step.busy && !mayConfirm(step)}
    >
      <dl aria-busy={!preview}>
        <dt>群名</dt>
        <dd>{name ?? <i class="bone" />}</dd>
        <dt>客户</dt>
        <dd>
          {customers.map((one) => (
            <div class="who" key={one.externalUserId}>
              <Person of={one} />
            </div>
          ))}
        </dd>
        <dt>同事</dt>
        <dd>
          {colleagues.map(({ id, name, label }) => (
            <span key={id}>
              <bdi>{name}</bdi>
              <small>{label}</small>
            </span>
          ))}
        </dd>
        <dt>人数</dt>
        <dd>
          {members
            ? `${
              members.length + (second ? 1 : 0)
            } 人，最多 ${preview?.size.most} 人`
            : <i class="bone" />}
        </dd>
      </dl>
      {preview?.second && (
        <label class="second">
          <span>{preview.second.why}</span>
          <select
            value={second}
            onChange={({ currentTarget }) => act.setSecond(currentTarget.value)}
          >
            <option value="">请选一位同事</option>
            {preview.second.choices.map(({ wxUserId, name }) => (
              <option key={wxUserId} value={wxUserId}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {preview?.missing.map(({ id, note }) => (
        <p class="notice" key={id}>{note}</p>
      ))}
    </Sheet>
  );
}
