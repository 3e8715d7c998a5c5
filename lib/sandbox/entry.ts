/**
 * "Who do you want to be": the first page a person sees in sandbox mode, grouped
 * by job, each person with what can be tried. Also where one changes identity,
 * and which client one pretends to hold.
 */
import { avatar, type Html, html, notice, page, redirect } from "./html.ts";
import type { PageContext } from "./context.ts";
import type { Customer, Staff } from "./types.ts";
import {
  clientCookie,
  type ClientKind,
  clientOf,
  CLIENTS,
  fromOurPages,
  identityCookie,
  visitorById,
  visitorOf,
} from "./visitor.ts";

export const ROLE_NAMES: Readonly<Record<Staff["role"], string>> = {
  designer: "设计师",
  project_manager: "项目经理",
  operator: "运营",
  admin: "管理员",
  other: "企业成员",
};

/** Signing in anew is what changes the product's session. */
const AFTER = "/auth/login?next=/";

/** Only paths of this site; anything else falls back to signing in. */
function safeNext(value: string | null): string {
  return value && /^\/(?![/\\])/.test(value) && !/[\\\s]/.test(value)
    ? value
    : AFTER;
}

function cell(
  id: string,
  name: string,
  tag: string,
  scenario: string,
  current: string | null,
): Html {
  return html`<li><button class="cell" name="who" value="${id}">${
    avatar(id, name)
  }
<span class="who"><b>${name}</b><span class="tag">${tag}</span><small>${scenario}</small></span>
${id === current ? html`<span class="now">当前</span>` : null}</button></li>`;
}

function group(title: string, cells: readonly Html[]): Html | null {
  return cells.length === 0 ? null : html`
    <h2>${title}</h2>
    <ul class="cells grid">${cells}</ul>
  `;
}

export function entryPage(
  context: PageContext,
  request: Request,
  next: string,
): Response {
  const { world, identity } = context;
  const current = visitorOf(world, request)?.id ?? null;
  const client = clientOf(request);
  const all = [...world.state.staff.values()];
  const cells = (test: (staff: Staff) => boolean) =>
    all.filter(test).slice(0, 30).map((one) =>
      cell(
        one.userId,
        one.name,
        `${ROLE_NAMES[one.role]} · ${one.storeName}`,
        one.scenario,
        current,
      )
    );
  const customers = sampleCustomers([...world.state.customers.values()]).map((
    one,
  ) =>
    cell(
      `external:${one.externalUserId}`,
      one.name,
      "微信客户",
      `${one.scenario}：点开员工发来的链接应被拒绝`,
      current,
    )
  );
  const here = (staff: Staff) => !staff.departed && staff.role !== "other";
  return page(
    {
      title: "选一个身份",
      formAction: identity.publicOrigin,
      links: [{ href: "/sandbox/console", text: "沙箱控制台" }],
    },
    html`<form method="post" action="/sandbox/choose">
<div class="lead"><h1>选一个身份进入</h1><p>真实使用时企业微信自动告诉系统你是谁，这里由你来选。随时可以换。</p></div>
<input type="hidden" name="next" value="${next}">
<fieldset class="modes"><legend>用什么打开</legend><div>${
      Object.entries(CLIENTS).map(([kind, name]) =>
        html`<label><input type="radio" name="client" value="${kind}"${
          kind === client
            ? html`
              checked
            `
            : null
        }><span>${name}</span></label>`
      )
    }</div></fieldset>
${group("设计师", cells((one) => here(one) && one.role === "designer"))}
${
      group(
        "项目经理",
        cells((one) => here(one) && one.role === "project_manager"),
      )
    }
${
      group(
        "运营和管理",
        cells((one) =>
          here(one) && (one.role === "operator" || one.role === "admin")
        ),
      )
    }
${group("不该进得来的人", [...cells((one) => !here(one)), ...customers])}
</form>`,
  );
}

function sampleCustomers(all: readonly Customer[]): Customer[] {
  return all.filter((one) => one.scenario !== "").slice(0, 1);
}

/** GET shows the list, POST takes the choice. */
export async function choose(
  context: PageContext,
  request: Request,
): Promise<Response> {
  const { world, identity } = context;
  if (request.method !== "POST") {
    return entryPage(
      context,
      request,
      safeNext(new URL(request.url).searchParams.get("next")),
    );
  }
  if (!fromOurPages(request, identity)) {
    await request.body?.cancel();
    return notice("没有执行", ["请求不是从沙箱页面发出的。"], [], 403);
  }
  const form = await request.formData();
  const visitor = visitorById(world, String(form.get("who") ?? ""));
  if (!visitor) {
    return notice("没有这个人", ["请重新选择。"], [{
      href: "/sandbox/choose",
      text: "选一个身份",
    }], 400);
  }
  const client = String(form.get("client") ?? "");
  const kind: ClientKind = Object.hasOwn(CLIENTS, client)
    ? client as ClientKind
    : "phone";
  const next = safeNext(String(form.get("next") ?? ""));
  const location = next.startsWith("/sandbox/")
    ? next
    : identity.publicOrigin + next;
  return redirect(location, [
    identityCookie(identity, visitor.id),
    clientCookie(identity, kind),
  ]);
}
