/**
 * The simulated native layer, part two: the screens of the WeCom client, and the
 * tab at the page's edge that leads to the console. Runs in the browser, sent as
 * text: it may use nothing from outside but its argument.
 */
import type { Ui } from "./bridge_ui.ts";

export interface Person {
  id: string;
  name: string;
  tag: string;
}

/** The server's answer to a step (client_steps.ts). */
export interface Answer {
  ok: boolean;
  errMsg?: string;
  errCode?: number;
  hang?: boolean;
  kill?: boolean;
  oneToOne?: boolean;
  screen?: "create" | "chat" | "pick" | "add";
  chatId?: string;
  groupName?: string;
  owner?: string;
  userId?: string;
  members?: Person[];
  messages?: { from: string; text: string }[];
  people?: Person[];
  total?: number;
  found?: string | null;
  name?: string | null;
}

export interface Screens {
  create(
    shown: Answer,
    done: () => Promise<Answer>,
    finish: (answer: Answer) => void,
  ): void;
  chat(shown: Answer): void;
  pick(
    shown: Answer,
    search: (text: string) => Promise<Answer>,
    finish: (ids: string[] | null) => void,
  ): void;
  add(
    done: (
      input: { mobile: string; name: string; note: boolean },
    ) => Promise<Answer>,
    finish: () => void,
  ): void;
  tab(label: string): void;
}

export function bridgeScreens(ui: Ui): Screens {
  const { el } = ui;
  const line = (person: Person, ...extra: Node[]) =>
    el(
      "li",
      {},
      ui.avatar(person.id, person.name),
      el("span", { class: "name" }, person.name),
      el(
        "span",
        { class: person.tag.startsWith("@") ? "tag wx" : "tag" },
        person.tag,
      ),
      ...extra,
    );

  const create: Screens["create"] = (shown, done, finish) => {
    const members = shown.members ?? [];
    const sheet = ui.sheet({
      title: "发起群聊",
      cancel: "取消",
      confirm: `完成(${members.length})`,
      onCancel: () => finish({ ok: false, errMsg: "cancel" }),
      async onConfirm() {
        sheet.hold();
        sheet.say("正在创建…");
        const answer = await done();
        sheet.close();
        if (answer.ok && !answer.kill) {
          ui.toast(
            answer.oneToOne ? "已打开单聊（模拟）" : "群聊已创建（模拟）",
          );
        }
        finish(answer);
      },
    });
    sheet.body.append(
      el(
        "p",
        { class: "field" },
        el("span", {}, "群名称"),
        el("b", {}, shown.groupName || "未命名群聊"),
      ),
      el("h3", {}, `群成员 ${members.length} 人`),
      el("ul", {}, ...members.map((person) => line(person))),
    );
  };

  const chat: Screens["chat"] = (shown) => {
    const members = shown.members ?? [];
    const sheet = ui.sheet({
      title: `${shown.groupName ?? "群聊"}${
        members.length > 0 ? `(${members.length})` : ""
      }`,
      cancel: "返回",
      confirm: null,
      onCancel: () => {},
      onConfirm: () => {},
    });
    sheet.body.classList.add("chat");
    sheet.body.append(
      el("ul", { class: "faces" }, ...members.map((person) => line(person))),
      ...shown.owner
        ? [el("p", { class: "note" }, `${shown.owner} 是群主`)]
        : [],
      ...(shown.messages ?? []).map(({ from, text }) =>
        el("div", { class: "said" }, el("small", {}, from), el("p", {}, text))
      ),
    );
  };

  const pick: Screens["pick"] = (shown, search, finish) => {
    const chosen = new Set<string>();
    const sheet = ui.sheet({
      title: "选择客户",
      cancel: "取消",
      confirm: "确定",
      onCancel: () => finish(null),
      onConfirm() {
        sheet.close();
        finish([...chosen]);
      },
    });
    const list = el("ul", { class: "picks" });
    const field = document.createElement("input");
    field.type = "search";
    field.placeholder = "搜索备注或昵称";
    field.setAttribute("aria-label", "搜索客户");
    const count = () => {
      sheet.confirm.disabled = chosen.size === 0;
      sheet.confirm.textContent = chosen.size === 0
        ? "确定"
        : `确定(${chosen.size})`;
    };
    const draw = (answer: Answer) => {
      const people = answer.people ?? [];
      list.replaceChildren(...people.map((person) => {
        const box = document.createElement("input");
        box.type = "checkbox";
        box.checked = chosen.has(person.id);
        box.dataset["sandbox"] = `pick-${person.id}`;
        box.addEventListener("change", () => {
          if (box.checked) chosen.add(person.id);
          else chosen.delete(person.id);
          count();
        });
        const names = el(
          "span",
          { class: "name" },
          person.name,
          el("small", {}, person.tag),
        );
        return el(
          "li",
          {},
          el("label", {}, box, ui.avatar(person.id, person.name), names),
        );
      }));
      const total = answer.total ?? people.length;
      sheet.say(
        total === 0
          ? "没有找到"
          : total > people.length
          ? `共 ${total} 位，显示 ${people.length} 位`
          : "",
      );
    };
    let latest = 0;
    field.addEventListener("input", async () => {
      const mine = ++latest;
      const answer = await search(field.value);
      if (mine === latest) draw(answer);
    });
    sheet.body.append(el("p", { class: "search" }, field), list);
    draw(shown);
    count();
    field.focus();
  };

  const add: Screens["add"] = (done, finish) => {
    const input = (label: string, attributes: Record<string, string>) => {
      const field = document.createElement("input");
      for (const [name, value] of Object.entries(attributes)) {
        field.setAttribute(name, value);
      }
      return {
        field,
        row: el("label", { class: "field" }, el("span", {}, label), field),
      };
    };
    const mobile = input("手机号", {
      inputmode: "tel",
      autocomplete: "off",
      "data-sandbox": "mobile",
    });
    const name = input("名字", {
      autocomplete: "off",
      placeholder: "新客户的微信名",
      "data-sandbox": "name",
    });
    const note = document.createElement("input");
    note.type = "checkbox";
    note.checked = true;
    const sheet = ui.sheet({
      title: "添加客户",
      cancel: "完成",
      confirm: "添加",
      onCancel: finish,
      async onConfirm() {
        const answer = await done({
          mobile: mobile.field.value,
          name: name.field.value,
          note: note.checked,
        });
        if (!answer.ok) sheet.say("没有加成：这位同事不能添加客户");
        else if (!answer.found) sheet.say("请填手机号或名字");
        else {
          sheet.say(`已添加「${answer.found}」`);
          mobile.field.value = name.field.value = "";
        }
      },
    });
    sheet.body.append(
      mobile.row,
      name.row,
      el("label", { class: "check" }, note, "把手机号写进备注"),
    );
    mobile.field.focus();
  };

  const tab: Screens["tab"] = (label) => {
    // The product's own pages have a bar that says the same.
    if (document.querySelector("aside.sandbox")) return;
    const links = el(
      "div",
      { class: "menu", id: "menu", hidden: "" },
      el("p", {}, label),
      el("a", { href: "/sandbox/choose" }, "换个身份"),
      el("a", { href: "/sandbox/console" }, "沙箱控制台"),
    );
    const button = el("button", {
      type: "button",
      class: "tab",
      "aria-expanded": "false",
      "aria-controls": "menu",
      "data-sandbox": "tab",
    }, "沙箱");
    const show = (open: boolean) => {
      links.toggleAttribute("hidden", !open);
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => show(links.hasAttribute("hidden")));
    ui.root().addEventListener("keydown", (event) => {
      if (
        (event as KeyboardEvent).key !== "Escape" ||
        links.hasAttribute("hidden")
      ) return;
      show(false);
      button.focus();
    });
    ui.root().append(
      el("aside", { class: "edge", "aria-label": "沙箱" }, links, button),
    );
  };

  return { create, chat, pick, add, tab };
}
