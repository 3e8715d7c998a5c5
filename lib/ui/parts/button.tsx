/**
 * WeUI's button, with a spinner of its own while it works. A busy one keeps the
 * focus: whoever pressed it by keyboard is where they were when it is done.
 */
import type { ComponentChildren } from "preact";

export interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  kind?: "primary" | "default" | "plain";
  id?: string;
  /** It was pressed, and is at work. */
  busy?: boolean;
  /** What it needs is on its way: it cannot be pressed yet. */
  loading?: boolean;
  disabled?: boolean;
}

export function Button(
  { children, onClick, kind = "default", id, busy, loading, disabled }:
    ButtonProps,
) {
  return (
    <button
      type="button"
      class={kind === "plain" ? "plain" : "weui-btn weui-btn_" + kind}
      data-testid={id}
      disabled={disabled || loading}
      aria-disabled={busy}
      aria-busy={busy || loading}
      onClick={() => busy || onClick()}
    >
      {(busy || loading) && <i class="spin" />}
      {children}
    </button>
  );
}
