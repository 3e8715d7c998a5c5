/**
 * The simulated native layer, part one: dialogs in an open shadow root. Runs in
 * the browser: the function is sent as text (see bridge.ts), so it may use
 * nothing from outside but its arguments. Native `<dialog>` gives the focus
 * trap and Esc, and stands above the page's own dialogs. No inline style or
 * markup is written, so that it works under a strict content policy.
 */

export interface Sheet {
  body: HTMLElement;
  confirm: HTMLButtonElement;
  /** Says something below the title; for errors and progress. */
  say(text: string): void;
  /** From now on the person can neither confirm again nor cancel. */
  hold(): void;
  close(): void;
}

export interface SheetOptions {
  title: string;
  /** Text of the right button; null for none. */
  confirm: string | null;
  cancel: string;
  onConfirm(): void;
  onCancel(): void;
}

export interface Ui {
  el(
    tag: string,
    attributes?: Record<string, string>,
    ...children: (Node | string)[]
  ): HTMLElement;
  avatar(id: string, name: string): HTMLElement;
  sheet(options: SheetOptions): Sheet;
  toast(text: string): void;
  root(): ShadowRoot;
}

export function bridgeUi(css: string, desktop: boolean): Ui {
  let shadow: ShadowRoot | null = null;

  function root(): ShadowRoot {
    if (shadow) return shadow;
    const host = document.createElement("wecom-sandbox");
    shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
    document.documentElement.append(host);
    return shadow;
  }

  const el: Ui["el"] = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  const avatar: Ui["avatar"] = (id, name) => {
    let sum = 0;
    for (let i = 0; i < id.length; i++) {
      sum = (Math.imul(sum, 33) ^ id.charCodeAt(i)) >>> 0;
    }
    const letters = [...name];
    const letter = letters.find((one) => /\p{L}|\p{N}/u.test(one)) ??
      letters[0] ?? "?";
    return el(
      "span",
      {
        class: `avatar hue${((sum ^ (sum >>> 11)) >>> 0) % 6}`,
        "aria-hidden": "true",
      },
      letter.toUpperCase(),
    );
  };

  const sheet: Ui["sheet"] = (options) => {
    const cancel = el(
      "button",
      { type: "button", "data-sandbox": "cancel" },
      options.cancel,
    );
    const confirm = document.createElement("button");
    confirm.type = "button";
    confirm.className = "go";
    confirm.dataset["sandbox"] = "confirm";
    confirm.textContent = options.confirm ?? "";
    confirm.hidden = options.confirm === null;
    const title = el("h2", { id: "title" }, options.title);
    const status = el("p", { class: "status", role: "status" });
    const body = el("div", { class: "body" });
    const dialog = document.createElement("dialog");
    dialog.className = desktop ? "desk" : "phone";
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-modal", "true");
    dialog.setAttribute("aria-labelledby", "title");
    dialog.append(
      el("p", { class: "mark" }, "沙箱 · 模拟的企业微信界面"),
      el("header", {}, cancel, title, confirm),
      status,
      body,
    );
    let open = true;
    let held = false;
    const close = () => {
      open = false;
      dialog.close();
      dialog.remove();
    };
    const giveUp = () => {
      if (!open || held) return;
      close();
      options.onCancel();
    };
    cancel.addEventListener("click", giveUp);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      giveUp();
    });
    dialog.addEventListener("close", giveUp); // a second Esc closes without asking
    confirm.addEventListener("click", () => options.onConfirm());
    root().append(dialog);
    dialog.showModal();
    (options.confirm === null ? cancel : confirm).focus();
    const say = (text: string) => {
      status.textContent = text;
    };
    const hold = () => {
      held = true;
      confirm.disabled = true;
      cancel.setAttribute("disabled", "");
    };
    return { body, confirm, say, hold, close };
  };

  const toast: Ui["toast"] = (text) => {
    const node = el("p", { class: "toast", role: "status" }, text);
    root().append(node);
    setTimeout(() => node.remove(), 2200);
  };

  return { el, avatar, sheet, toast, root };
}
