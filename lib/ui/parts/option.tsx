/** One of several things to press, as a row: what it is, and when to take it. */
import type { ComponentChildren } from "preact";

export interface OptionProps {
  id: string;
  title: string;
  text: ComponentChildren;
  onClick: () => void;
  busy?: boolean;
  disabled?: boolean;
}

export function Option(
  { id, title, text, onClick, busy, disabled }: OptionProps,
) {
  return (
    <button
      type="button"
      class="weui-cell"
      data-testid={id}
      disabled={disabled}
      aria-disabled={busy}
      aria-busy={busy}
      onClick={() => busy || onClick()}
    >
      <span class="weui-cell__bd">
        <b>{title}</b>
        <small>{text}</small>
      </span>
      <i class={busy ? "spin" : "arrow"} />
    </button>
  );
}
