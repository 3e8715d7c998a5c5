/**
 * The console as a page: what the company looks like now, and a form beside
 * each thing for what may happen to it. Lists are cut at sizes that a phone can
 * carry; the rest is found by search.
 */
import { besideCustomer } from "./console_beside.ts";
import { codesLine, waiting } from "./console_codes.ts";
import {
  callsPanel,
  chatsPanel,
  type Form,
  switchesPanel,
} from "./console_parts.ts";
import { ROLE_NAMES } from "./entry.ts";
import { errorText } from "./errors.ts";
import { type Html, html, page } from "./html.ts";
import type { PageContext } from "./context.ts";
import type { Follow, Staff } from "./types.ts";
import { nameOf } from "./chat_core.ts";
import { type ClientKind, clientOf, CLIENTS, visitorOf } from "./visitor.ts";
import type { World } from "./world.ts";

const JUMPS = [
  ["switches", "让它出错"],
  ["happen", "加好友"],
  ["contacts", "客户"],
  ["chats", "群"],
  ["staff", "员工"],
  ["calls", "接口调用"],
  ["reset", "重置"],
] as const;

const GOOD: Readonly<Record<string, string>> = {
  done: "已执行。",
  reset: "已重置，一切回到最初。",
};
const BAD: Readonly<Record<string, string>> = {
  unknown: "没有这个操作。",
  busy: "没有重置：数据库正忙，请再试一次。",
  kept: "没有重置：DATABASE_URL 的角色不能清空数据表，请换成表的所有者。",
};

function flash(said: string | null): Html | null {
  if (!said) return null;
  if (Object.hasOwn(GOOD, said)) {
    return html`<p class="flash" role="status">${GOOD[said]}</p>`;
  }
  if (Object.hasOwn(BAD, said)) {
    return html`<p class="flash bad" role="alert">${BAD[said]}</p>`;
  }
  const code = Number(said);
  if (!Number.isInteger(code)) return null;
  return html`<p class="flash bad" role="alert">没有执行：${
    errorText(code)
  }（${code}）。</p>`;
}

function staffOptions(world: World, chosen: string): Html[] {
  return [...world.state.staff.values()].filter((one) => !one.departed).slice(
    0,
    200,
  ).map((one) =>
    html`
      <option value="${one.userId}" ${one.userId === chosen
        ? html`
          selected
        `
        : null}>${one.name}（${ROLE_NAMES[one.role]}）</option>
    `
  );
}

function happenPanel(world: World, form: Form, chosen: string): Html {
  const strangers = [...world.state.customers.values()]
    .filter((one) =>
      (world.state.followers.get(one.externalUserId)?.size ?? 0) === 0
    ).slice(0, 50);
  const customers = [
    html`<option value="">新客户</option>`,
    ...strangers.map((one) =>
      html`<option value="${one.externalUserId}">${one.name}（${
        one.mobile ?? "没有号码"
      }）</option>`
    ),
  ];
  return html`<section class="panel" id="happen"><h2>让客户和员工做点什么</h2>
${
    form(
      "add",
      "happen",
      html`<div class="row">
<label class="field">谁加谁<select name="by"><option value="customer">客户加员工</option><option value="staff">员工加客户</option></select></label>
<label class="field">员工<select name="userId">${
        staffOptions(world, chosen)
      }</select></label>
<label class="field">客户<select name="customer">${customers}</select></label>
<label class="field">新客户的名字<input name="name" maxlength="40" autocomplete="off"></label>
<label class="field">备注手机号<input name="mobile" maxlength="80" inputmode="tel" autocomplete="off"></label>
<label class="field">二维码 state<input name="state" maxlength="30" autocomplete="off"></label>
<button class="button">加为好友</button></div>`,
    )
  }${
    [...world.state.pending.values()].map((one) => waiting(world, form, one))
  }${codesLine(world)}</section>`;
}

function followRow(
  world: World,
  form: Form,
  follow: Follow,
  client: ClientKind,
): Html {
  const { externalUserId: id, userId } = follow;
  const hidden = html`
    <input type="hidden" name="userId" value="${userId}"><input type="hidden"
      name="id" value="${id}"><input type="hidden" name="staff"
      value="${userId}">
  `;
  const name = nameOf(world.state, id);
  return html`
    <details class="chat">
      <summary>${follow.remark} <small>${follow.remark === name
        ? ""
        : `${name} · `}${follow.remarkMobiles.join("，") ||
        "没有写号码"}${follow.deletedByCustomer
        ? " · 客户已删除员工"
        : ""}</small></summary>
      <p class="hint"><code>${id}</code></p>
      ${besideCustomer(world, follow, client)}
      <div class="row">${form(
        "remark",
        "contacts",
        html`
          ${hidden}<div
            class="row"><label class="field">备注手机号<input name="mobile" value="${follow
              .remarkMobiles.join(
                "，",
              )}" maxlength="120" autocomplete="off"></label><button class="plain">改号码</button></div>
        `,
      )}${form(
        "unfollow",
        "contacts",
        html`${hidden}<button class="plain warn">员工删除客户</button>`,
      )}${form(
        "dropped",
        "contacts",
        html`${hidden}<button class="plain warn">客户删除员工</button>`,
      )}${form(
        "chat",
        "chats",
        html`
          <input type="hidden" name="userId" value="${userId}"><input type="hidden"
            name="customer" value="${id}"><input type="hidden" name="name"
            value="${`${name}家装修群`}"><button class="plain">手工建一个群</button>
        `,
      )}</div>
    </details>
  `;
}

function contactsPanel(
  world: World,
  form: Form,
  chosen: string,
  search: string,
  client: ClientKind,
): Html {
  const shown = 12;
  const wanted = search.toLowerCase();
  const all = [...world.state.follows.get(chosen)?.values() ?? []].reverse();
  const found = all.filter((follow) =>
    `${follow.remark} ${nameOf(world.state, follow.externalUserId)} ${
      follow.remarkMobiles.join(" ")
    }`
      .toLowerCase().includes(wanted)
  );
  return html`<section class="panel" id="contacts"><h2>员工的客户</h2>
<form method="get" action="/sandbox/console#contacts"><div class="row">
<label class="field">员工<select name="staff">${
    staffOptions(world, chosen)
  }</select></label>
<label class="field">找客户<input name="search" value="${search}" maxlength="40" autocomplete="off"></label>
<button class="plain">查看</button></div></form>
<p class="hint">共 ${all.length} 位${
    found.length > shown
      ? `，显示 ${shown} 位，其余请搜索`
      : found.length < all.length
      ? `，找到 ${found.length} 位`
      : ""
  }</p>
${
    found.slice(0, shown).map((follow) =>
      followRow(world, form, follow, client)
    )
  }</section>`;
}

function staffRow(form: Form, staff: Staff, contacts: number): Html {
  const toggle = (action: string, on: boolean, text: string) =>
    form(
      action,
      "staff",
      html`
        <input type="hidden" name="userId" value="${staff
          .userId}"><input type="hidden"
          name="value" value="${on ? 0 : 1}"><button class="plain"
          aria-pressed="${on ? "true" : "false"}">${text}</button>
      `,
    );
  const state = staff.departed
    ? html`<span class="bad">已离职</span>`
    : html`<div class="row tight">${
      toggle("visible", staff.visible, "可见范围")
    }${toggle("contact", staff.canContact, "客户联系")}${
      form(
        "departs",
        "staff",
        html`
          <input type="hidden" name="userId" value="${staff.userId}"><button
            class="plain warn">离职</button>
        `,
      )
    }</div>`;
  return html`
    <details
      class="chat"><summary>${staff
        .name} <small>${ROLE_NAMES[staff.role]} · ${staff
        .storeName} · ${contacts} 位客户</small></summary><p class="hint"><code>${staff
        .userId}</code></p>${state}</details>
  `;
}

export function consolePage(context: PageContext, request: Request): Response {
  const { world } = context;
  const query = new URL(request.url).searchParams;
  const visitor = visitorOf(world, request);
  const first = [...world.state.staff.keys()][0] ?? "";
  const asked = query.get("staff") ??
    (visitor?.kind === "staff" ? visitor.id : first);
  const chosen = world.state.staff.has(asked) ? asked : first;
  const form: Form = (action, at, body) =>
    html`
      <form method="post"
        action="/sandbox/console"><input type="hidden" name="action" value="${action}"><input type="hidden" name="at" value="${at}">${body}</form>
    `;
  const me = visitor
    ? (visitor.kind === "staff" ? visitor.staff.name : visitor.customer.name)
    : "还没有选";
  const staff = [...world.state.staff.values()].slice(0, 60).map((one) =>
    staffRow(form, one, world.state.follows.get(one.userId)?.size ?? 0)
  );
  return page(
    {
      title: "沙箱控制台",
      wide: true,
      formAction: context.identity.publicOrigin,
      links: [
        { href: "/sandbox/choose", text: "换个身份" },
        { href: "/sandbox/messages", text: "收到的消息" },
        { href: "/", text: "回到系统" },
      ],
    },
    html`
      ${flash(query.get("said"))}
      <div class="lead">
        <h1>沙箱控制台</h1>
        <p>当前身份：${me}，用${CLIENTS[clientOf(request)]}打开。</p>
      </div>
      <nav class="jump" aria-label="本页">${JUMPS.map(([id, text]) =>
        html`<a href="#${id}">${text}</a>`
      )}</nav>
      <div class="columns">
        <div>
      ${switchesPanel(world, form, clientOf(request))}
      ${happenPanel(world, form, chosen)}
      ${contactsPanel(
        world,
        form,
        chosen,
        (query.get("search") ?? "").slice(0, 40),
        clientOf(request),
      )}
        </div>
        <div>
      ${chatsPanel(world, form, clientOf(request))}
      <section class="panel" id="staff"><h2>员工</h2>${staff}</section>
      ${callsPanel(world, context.identity.publicOrigin)}
      <section class="panel" id="reset"><h2>重新开始</h2><details><summary>重置沙箱</summary><p class="hint">回到最初的员工、客户、群和订单，清除所有开关。试出来的东西都会没有，系统里的建群记录也一样。</p>${form(
        "reset",
        "",
        html`<button class="plain warn">确定重置</button>`,
      )}</details></section>
        </div>
      </div>
    `,
  );
}
