/**
 * Panels of the console: switches and faults, groups with their members, and
 * what the product asked of WeCom lately.
 */
import { besideGroup } from "./console_beside.ts";
import { faultText, OUTCOMES, PRESETS } from "./console_options.ts";
import { avatar, type Html, html } from "./html.ts";
import type { Chat } from "./types.ts";
import { nameOf } from "./chat_core.ts";
import { type ClientKind, CLIENTS } from "./visitor.ts";
import { openAs, titleOf } from "./messages_page.ts";
import type { World } from "./world.ts";

/** A form that posts one action and comes back to the section `at`. */
export type Form = (action: string, at: string, body: Html) => Html;

const STATUS = ["正常", "群主离职，待接手", "接手中", "已接手"] as const;

function time(at: number): string {
  const china = new Date(at + 8 * 3_600_000).toISOString();
  return `${china.slice(5, 10)} ${china.slice(11, 19)}`;
}

/** Buttons of which the current one is pressed. */
function choice(names: Readonly<Record<string, string>>, now: string): Html {
  return html`<div class="row">${
    Object.entries(names).map(([value, text]) => {
      const pressed = value === now ? "true" : "false";
      return html`
        <button class="plain" name="value" value="${value}"
          aria-pressed="${pressed}">${text}</button>
      `;
    })
  }</div>`;
}

export function switchesPanel(
  world: World,
  form: Form,
  client: ClientKind,
): Html {
  const { settings, faults } = world;
  const flag = (action: string, on: boolean, text: string) =>
    form(
      action,
      "switches",
      html`
        <input type="hidden" name="value" value="${on
          ? 0
          : 1}"><button class="plain"
          aria-pressed="${on ? "true" : "false"}">${text}</button>
      `,
    );
  const rules = faults.rules.map((rule) =>
    html`<li>${
      rule.endpoint === "*" ? "全部接口" : html`<code>${rule.endpoint}</code>`
    }： ${faultText(rule.kind)}${
      rule.times ? `，最多 ${rule.times} 次` : "，一直"
    }</li>`
  );
  return html`<section class="panel" id="switches"><h2>让它出错</h2>
<p class="hint">这个浏览器扮演</p>
${form("client", "switches", choice(CLIENTS, client))}
<p class="hint">建群和选人时，企业微信客户端</p>
${form("outcome", "switches", choice(OUTCOMES, settings.clientOutcome))}
<p class="hint">企业微信接口</p>
<div class="row">${flag("down", settings.down, "整个停掉")}${
    flag("app", !settings.appCanContact, "应用没有客户联系权限 48002")
  }${
    form("expire", "switches", html`<button class="plain">令牌过期</button>`)
  }${
    form("tickets", "switches", html`<button class="plain">票据过期</button>`)
  }</div>
${
    form(
      "fault",
      "switches",
      html`
        <div
          class="row"><label class="field">接口<select name="endpoint"><option value="*">全部</option>${[
            "gettoken",
            "externalcontact/batch/get_by_user",
            "externalcontact/groupchat/get",
            "externalcontact/groupchat/list",
            "externalcontact/remark",
            "auth/getuserinfo",
          ]
            .map((name) =>
              html`<option>${name}</option>`
            )}</select></label><label class="field">次数<select name="times"><option value="1">1 次</option><option value="3">3 次</option><option value="0">一直</option></select></label></div>
        <div class="row">${Object.entries(PRESETS).map(([value, { text }]) =>
          html`<button class="plain" name="value" value="${value}">${text}</button>`
        )}</div>
      `,
    )
  }
${
    rules.length > 0
      ? html`
        <p class="hint">正在起作用</p>
        <ul class="plainlist">${rules}</ul>
      `
      : null
  }
${
    form(
      "timing",
      "switches",
      html`
        <div
          class="row"><label class="field">接口耗时（毫秒）<input name="latency" inputmode="numeric" value="${settings
            .latencyMs}"></label>
        <label class="field">群数据延迟（毫秒）<input name="lag" inputmode="numeric" value="${settings
          .lagMs}"></label><button class="plain">保存</button></div>
      `,
    )
  }
<div class="row">${
    form("calm", "switches", html`<button class="button">全部恢复正常</button>`)
  }</div></section>`;
}

function chatEntry(
  world: World,
  form: Form,
  chat: Chat,
  client: ClientKind,
): Html {
  const hidden =
    html`<input type="hidden" name="chatId" value="${chat.chatId}">`;
  const act = (action: string, id: string, text: string) =>
    form(
      action,
      "chats",
      html`
        ${hidden}<input type="hidden" name="id" value="${id}"><button
          class="plain">${text}</button>
      `,
    );
  const members = chat.members.map((member) => {
    const name = nameOf(world.state, member.id);
    const owner = member.id === chat.owner;
    const buttons = owner
      ? html`<span class="hint">群主</span>`
      : html`<div class="row">${act("leave", member.id, "退群")}${
        act("remove", member.id, "移出")
      }${member.type === 1 ? act("own", member.id, "当群主") : null}</div>`;
    return html`<li><span class="row tight">${
      avatar(member.id, name)
    }<span>${name}${
      member.type === 2
        ? html`
          <span class="ok">@微信</span>
        `
        : null
    }</span></span>${chat.dismissed ? null : buttons}</li>`;
  });
  const state = chat.dismissed ? "已解散" : STATUS[chat.status];
  return html`
    <details
      class="chat${chat.dismissed ? " dim" : ""}"><summary>${chat
        .name} <small>${chat.members.length} 人 · ${state} · ${time(
          chat.createdAt,
        ).slice(0, -3)}</small></summary><p class="hint"><code>${chat
        .chatId}</code></p><ul class="members">${members}</ul>
    ${besideGroup(world, chat, client)}
    ${chat.dismissed ? null : html`<div class="row">${
      form(
        "rename",
        "chats",
        html`
          ${hidden}<div
            class="row"><label class="field">群名<input name="name" value="${chat
              .name}" maxlength="60" autocomplete="off"></label><button class="plain">改名</button></div>
        `,
      )
    }${
      form(
        "dismiss",
        "chats",
        html`${hidden}<button class="plain warn">解散</button>`,
      )
    }</div>`}</details>
  `;
}

export function chatsPanel(
  world: World,
  form: Form,
  client: ClientKind,
): Html {
  const chats = [...world.state.chats.values()].reverse();
  const ways = [...world.state.ways.values()].reverse().slice(0, 10);
  return html`<section class="panel" id="chats"><h2>群</h2>
<p class="hint">共 ${chats.length} 个${
    chats.length > 20 ? "，显示最近 20 个" : ""
  }。改动约 ${world.settings.lagMs / 1000} 秒后接口才看得到。</p>
${chats.slice(0, 20).map((chat) => chatEntry(world, form, chat, client))}
${
    ways.length === 0 ? null : html`
      <p class="hint">二维码：点开就是扫码</p>
      <ul class="plainlist">${ways.map((way) =>
        html`<li><a href="/sandbox/scan/${way.configId}">${
          way.kind === "join" ? "进群" : "加员工"
        }${
          way.remark ? `（${way.remark}）` : ""
        }</a> <code>${way.state}</code></li>`
      )}</ul>
    `
  }</section>`;
}

export function callsPanel(world: World, publicOrigin: string): Html {
  const rows = world.calls.recent(25).map((call) =>
    html`
      <tr>
        <td>${time(call.at).slice(6)}</td>
        <td><code>${call.endpoint}</code></td>
        <td class="num ${call.errcode === 0
          ? "ok"
          : "bad"}">${call.errcode === -2
          ? `HTTP ${call.status}`
          : call.errcode}</td>
      </tr>
    `
  );
  const messages = world.messages.slice(-5).reverse().map((message) =>
    html`<li>${time(message.at)} 发给 ${
      message.to.map((id) => nameOf(world.state, id)).join("、")
    }：${titleOf(message)}${openAs(message, publicOrigin)}</li>`
  );
  return html`
    <section class="panel"
      id="calls"><h2>最近的接口调用</h2><p class="hint">共 ${world.calls
        .count()} 次</p>
    ${rows.length === 0 ? html`<p class="hint">还没有</p>` : html`
      <div class="scroll">
        <table><tr><th>时间</th><th>接口</th><th class="num">结果</th></tr>${rows}</table>
      </div>
    `}
    ${messages.length > 0
      ? html`
        <p class="hint">应用发出的消息</p>
        <ul class="plainlist">${messages}</ul>
      `
      : null}</section>
  `;
}
