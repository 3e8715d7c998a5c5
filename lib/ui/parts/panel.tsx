/** A screen that says one thing: what happened, what it means, what to do. */
import type { ComponentChildren } from "preact";
import type { Problem } from "../model.ts";
import { Button } from "./button.tsx";
import { Trouble } from "./notice.tsx";

export type Press = [id: string, label: string, press: () => void];

export interface Screen {
  title: string;
  /** A drawn mark: done, waiting or a warning; none for plain words. */
  mark?: "ok" | "wait" | "warn";
  id?: string;
  text?: ComponentChildren;
  problem?: Problem | null;
  /** The first one is what most people want. */
  buttons?: Press[];
  /** Id of the button that is at work; none can be pressed meanwhile. */
  busy?: string | false | null;
  children?: ComponentChildren;
}

export function Panel(
  { title, mark, id, text, problem, buttons = [], busy, live = true, children }:
    & Screen
    & { live?: boolean },
) {
  return (
    <section
      class="panel"
      data-testid={id}
      aria-live="polite"
      tabIndex={-1}
      ref={takeFocus}
    >
      {mark && <i class={"mark " + mark} />}
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {problem && <Trouble problem={problem} />}
      {children}
      {buttons.map(([name, label, press], index) => (
        <Button
          key={name}
          id={name}
          kind={index ? index > 1 ? "plain" : "default" : "primary"}
          busy={busy === name}
          disabled={!live || !!busy}
          onClick={press}
        >
          {label}
        </Button>
      ))}
    </section>
  );
}

/** What was pressed is gone: a screen reader goes on here. */
function takeFocus(panel: HTMLElement | null) {
  if (document.activeElement === document.body) {
    panel?.focus({ preventScroll: true });
  }
}
