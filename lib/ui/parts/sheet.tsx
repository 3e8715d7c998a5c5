/**
 * A half-screen dialog that asks before something is done. The native one keeps
 * the focus inside, answers Escape and gives the focus back.
 */
import type { ComponentChildren } from "preact";

export interface SheetProps {
  id: string;
  title: string;
  onCancel: () => void;
  children: ComponentChildren;
}

export function Sheet({ id, title, onCancel, children }: SheetProps) {
  return (
    <dialog
      ref={openDialog}
      class="sheet"
      data-testid={id}
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
