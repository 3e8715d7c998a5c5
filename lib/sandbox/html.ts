/**
 * Server-rendered pages of the sandbox: an escaping template, the frame that
 * says on every page that nothing here is real, and answers with a policy that
 * lets no foreign script run. Nothing is inline, so no nonce is needed.
 */

export class Html {
  constructor(readonly text: string) {}
}

type Value =
  | string
  | number
  | Html
  | null
  | false
  | undefined
  | readonly Value[];

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(
    ">",
    "&gt;",
  )
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

function render(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(render).join("");
  return escapeHtml(String(value));
}

/** Escapes everything put in, except what is Html already. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  let text = parts[0] ?? "";
  values.forEach((value, i) => text += render(value) + (parts[i + 1] ?? ""));
  return new Html(text);
}

export interface PageOptions {
  title: string;
  /** Links at the right of the sandbox bar. */
  links?: { href: string; text: string }[];
  status?: number;
  /** Origins a form may lead to, besides our own. */
  formAction?: string;
  /** A wide page (the console). */
  wide?: boolean;
  cookies?: string[];
}

export function page(options: PageOptions, body: Html): Response {
  const links = (options.links ?? []).map(({ href, text }) =>
    html`<a href="${href}">${text}</a>`
  );
  const document = html`
    <!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8">
        <meta name="viewport"
          content="width=device-width, initial-scale=1, viewport-fit=cover">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>${options.title}${options.title.startsWith("沙箱")
          ? ""
          : " · 沙箱"}</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/sandbox/ui.css">
      </head>
      <body${options.wide ? new Html(' class="wide"') : ""}>
        <header
          class="bar"><p><strong>沙箱</strong> 模拟的企业微信，数据都是编的</p>
    ${links.length > 0
      ? html`<nav aria-label="沙箱">${links}</nav>`
      : null}</header>
        <main>
    ${body}
        </main>
        </body>
        </html>
  `;
  const headers = new Headers({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy":
      "default-src 'none'; style-src 'self'; img-src 'self'; " +
      `form-action 'self' ${
        options.formAction ?? ""
      }; base-uri 'none'; frame-ancestors 'none'`,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  });
  for (const cookie of options.cookies ?? []) {
    headers.append("set-cookie", cookie);
  }
  return new Response(document.text, {
    status: options.status ?? 200,
    headers,
  });
}

/** A page that says one thing, like WeCom's own error pages. */
export function notice(
  title: string,
  lines: readonly string[],
  actions: readonly { href: string; text: string }[] = [],
  status = 200,
): Response {
  return page(
    {
      title,
      status,
      links: [{ href: "/sandbox/console", text: "沙箱控制台" }],
    },
    html`<section class="notice"><h1>${title}</h1>${
      lines.map((line) => html`<p>${line}</p>`)
    }
${
      actions.map(({ href, text }) =>
        html`<a class="button" href="${href}">${text}</a>`
      )
    }</section>`,
  );
}

export function redirect(
  location: string,
  cookies: readonly string[] = [],
): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}

/** The first character a person would write in an avatar. */
export function initial(name: string): string {
  const letter = [...name].find((one) => /\p{L}|\p{N}/u.test(one)) ??
    [...name][0] ?? "?";
  return letter.toUpperCase();
}

/** One of six avatar colours, always the same for the same id. */
export function hue(id: string): number {
  let sum = 0;
  for (let i = 0; i < id.length; i++) {
    sum = (Math.imul(sum, 33) ^ id.charCodeAt(i)) >>> 0;
  }
  return ((sum ^ (sum >>> 11)) >>> 0) % 6;
}

export function avatar(id: string, name: string): Html {
  return html`<span class="avatar hue${hue(id)}" aria-hidden="true">${
    initial(name)
  }</span>`;
}
