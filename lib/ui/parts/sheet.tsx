/**
 * A half-screen dialog that asks before something is done. The native one keeps
 * the focus inside, answers Escape and gives the focus back.
 */
import type { ComponentChildren } from "preact";
import type { Problem } from "../model.ts";
import { Button } from "./button.tsx";
import { Trouble } from "./notice.tsx";

export interface SheetProps {
  /** Its parts are called `id-sheet`, `id-cancel` and so on. */
  id: string;
  title: string;
  children: ComponentChildren;
  problem: Problem | null;
  cancel: string;
  onCancel: () => void;
  confirmId: string;
  confirm: string;
  onConfirm: () => void;
  busy: boolean;
  /** What it asks about is being read. */
  loading?: boolean;
  /** Something has to be chosen first. */
  disabled?: boolean;
}

export function Sheet({ id, title, children, problem, ...sheet }: SheetProps) {
  const { onCancel } = sheet;
  return (
    <dialog
      ref={openDialog}
      class="sheet"
      data-testid={id + "-sheet"}
      aria-labelledby="sheet-title"
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
      onClick={({ target, currentTarget }) =>
        target === currentTarget && onCancel()}
    >
      <div class="inner">
        <h2 id="sheet-title">{title}</h2>
        {children}
        <div role="alert">{problem && <Trouble problem={problem} />}</div>
        <div class="pair">
          <Button id={id + "-cancel"} onClick={onCancel}>{sheet.cancel}</Button>
          <Button
            kind="primary"
            id={sheet.confirmId}
            busy={sheet.busy}
            loading={!!sheet.loading}
            disabled={!!sheet.disabled}
            onClick={sheet.onConfirm}
          >
            {sheet.confirm}
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
