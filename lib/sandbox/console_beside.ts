/**
 * The chats of the console: the page that stands beside one (聊天工具栏), opened as
 * a member who is in it, and what was said there.
 */
import { nameOf } from "./chat_core.ts";
import { type Html, html } from "./html.ts";
import type { Chat, ChatMessage, Follow } from "./types.ts";
import { talkKey } from "./verbs_talk.ts";
import type { ClientKind } from "./visitor.ts";
import type { World } from "./world.ts";

const SAID = 5;

/** Signs in as this member, and opens the page beside the chat. */
function opens(
  who: string,
  chat: `customer:${string}` | `group:${string}`,
  label: string,
  client: ClientKind,
): Html {
  const path = `/sidebar?in=${encodeURIComponent(chat)}`;
  const next = `/auth/login?next=${encodeURIComponent(path)}`;
  return html`
    <form method="post" action="/sandbox/choose"><input type="hidden" name="who"
      value="${who}"><input type="hidden" name="client" value="${client}"><input
      type="hidden" name="next" value="${next}"><button
      class="plain">${label}</button></form>
  `;
}

function said(world: World, messages: readonly ChatMessage[]): Html | null {
  return messages.length === 0 ? null : html`
    <ul class="plainlist">${messages.slice(-SAID).map(({ from, text }) =>
      html`<li>${nameOf(world.state, from)}：${text}</li>`
    )}</ul>
  `;
}

export function besideCustomer(
  world: World,
  { userId, externalUserId }: Follow,
  client: ClientKind,
): Html {
  const messages = world.state.talks.get(talkKey(userId, externalUserId)) ?? [];
  return html`
    ${said(world, messages)}
    <div class="row">${opens(
      userId,
      `customer:${externalUserId}`,
      "打开聊天工具栏",
      client,
    )}</div>
  `;
}

/** One button for each member of the company in the group. */
export function besideGroup(
  world: World,
  chat: Chat,
  client: ClientKind,
): Html | null {
  if (chat.dismissed) return null;
  const staff = chat.members.filter((member) => member.type === 1);
  return html`
    ${said(world, chat.messages)}
    <div class="row">${staff.map(({ id }) =>
      opens(
        id,
        `group:${chat.chatId}`,
        `以${nameOf(world.state, id)}打开聊天工具栏`,
        client,
      )
    )}</div>
  `;
}
