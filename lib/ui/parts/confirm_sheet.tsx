/**
 * The half-screen dialog before the tap that makes a group. The native dialog
 * keeps the focus inside, answers Escape and gives the focus back; it opens at
 * once, and its button waits for the server's preparation.
 */
import { isSameUser } from "../../staff/user_id.ts";
import type { At } from "../state/step.ts";
import { Button } from "./button.tsx";
import { Person } from "./person.tsx";
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
    <dialog
      ref={openDialog}
      class="sheet"
      data-testid="confirm-sheet"
      aria-labelledby="sheet-title"
      onCancel={(event) => {
        event.preventDefault();
        act.cancel();
      }}
      onClick={({ target, currentTarget }) =>
        target === currentTarget && act.cancel()}
    >
      <div class="inner">
        <h2 id="sheet-title">建这个客户群？</h2>
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
      </div>
    </dialog>
  );
}

/** One function for all renders, so that it runs once; closing gives focus back. */
function openDialog(dialog: HTMLDialogElement | null) {
  if (!dialog) return;
  // Clients before iOS 15.4 have no modal dialogs: shown in place, it works too.
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", "");
  return () => dialog.close?.();
}
