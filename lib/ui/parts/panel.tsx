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
}

export function Head({ title, mark, text, problem }: Screen) {
  return (
    <>
      {mark && <i class={"mark " + mark} />}
      <h2 tabIndex={-1} ref={takeFocus}>{title}</h2>
      {text && <p>{text}</p>}
      {problem && <Trouble problem={problem} />}
    </>
  );
}

export function Buttons({ buttons, busy, live }: Screen & { live: boolean }) {
  return (
    <>
      {buttons?.map(([name, label, press], index) => (
        <Button
          key={name}
          id={name}
          kind={index ? index > 1 ? "plain" : "default" : "primary"}
          busy={busy === name}
          disabled={!live || !!busy && busy !== name}
          onClick={press}
        >
          {label}
        </Button>
      ))}
    </>
  );
}

/** What was pressed is gone: a screen reader goes on here. */
function takeFocus(heading: HTMLElement | null) {
  if (document.activeElement === document.body) {
    heading?.focus({ preventScroll: true });
  }
}
