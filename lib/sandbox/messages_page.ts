/**
 * What a member's phone shows in the chat of the app: the cards that were sent to
 * who sits at the browser, each with its link. The console opens one as the person
 * whom it was sent to.
 */
import { type Html, html, page } from "./html.ts";
import type { PageContext } from "./context.ts";
import { visitorOf } from "./visitor.ts";
import type { SentMessage } from "./world.ts";

const SHOWN = 30;

export function titleOf({ content, msgtype }: SentMessage): string {
  const { title, content: words, text } = content;
  return String(title ?? words ?? text ?? msgtype);
}

/** The lines of a card, without their tags. */
function linesOf({ content }: SentMessage): string[] {
  const { description, text, content: words } = content;
  return String(description ?? words ?? text ?? "")
    .split(/<br\s*\/?>|<\/div>|\n/i)
    .map((line) => line.replace(/<[^>]*>/g, "").trim())
    .filter(Boolean);
}

/** A card's address as a path of the product's; null for any other message. */
function pathOf({ content }: SentMessage, ours: string): string | null {
  const url = String(content["url"] ?? "");
  if (!URL.canParse(url)) return null;
  const { origin, pathname, search } = new URL(url);
  return origin === ours ? pathname + search : null;
}

/** A button that opens the card as the person whom it was sent to. */
export function openAs(message: SentMessage, ours: string): Html | null {
  const path = pathOf(message, ours);
  const [to] = message.to;
  if (path === null || !to) return null;
  const next = `/auth/login?next=${encodeURIComponent(path)}`;
  return html`
    <form method="post"
      action="/sandbox/choose"><input type="hidden" name="who" value="${to}"><input type="hidden" name="next" value="${next}"><button class="plain">以 TA 的身份打开</button></form>
  `;
}

export function messagesPage(
  { world, identity }: PageContext,
  request: Request,
): Response {
  const visitor = visitorOf(world, request);
  const mine = visitor?.kind === "staff"
    ? world.messages.filter((one) => one.to.includes(visitor.id))
    : [];
  const links = [
    { href: "/sandbox/console", text: "沙箱控制台" },
    { href: "/sandbox/choose", text: "换个身份" },
    { href: "/", text: "回到系统" },
  ];
  const who = visitor?.kind === "staff" ? visitor.staff.name : "还没有选员工";
  return page(
    { title: "收到的消息", links },
    html`
      <div class="lead">
        <h1>收到的消息</h1>
        <p>${who}，${mine.length > 0
          ? `应用发来的 ${mine.length} 条。`
          : "应用还没有发来消息。"}</p>
      </div>
      ${mine.slice(-SHOWN).reverse().map((one) =>
        card(one, identity.publicOrigin)
      )}
    `,
  );
}

/** Only addresses of the product's are links. */
function card(message: SentMessage, origin: string): Html {
  const { at, content } = message;
  const url = String(content["url"] ?? "");
  const ours = pathOf(message, origin) !== null;
  const time = new Date(at + 8 * 3_600_000).toISOString().slice(5, 16)
    .replace("T", " ");
  return html`<section class="panel" data-testid="message"><h2>${
    titleOf(message)
  }</h2>
<p class="hint">${time}</p>
${linesOf(message).map((line) => html`<p>${line}</p>`)}
${
    ours
      ? html`<a class="button" href="${url}">${
        String(content["btntxt"] ?? "详情")
      }</a>`
      : null
  }</section>`;
}
