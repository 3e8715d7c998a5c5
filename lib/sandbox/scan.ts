/**
 * QR codes: the picture that the API hands out, and what a phone sees that scans
 * it. Scanning is done as a customer of one's choice: a group's code lets the
 * customer in with the code's `state`, a member's code adds that member.
 */
import { html, notice, page } from "./html.ts";
import type { PageContext } from "./context.ts";
import { qrSvg } from "./qr.ts";
import { QyError } from "./errors.ts";
import type { Customer, Way } from "./types.ts";
import { nameOf } from "./chat_core.ts";
import type { World } from "./world.ts";
import { fromOurPages } from "./visitor.ts";

export function qrPicture(
  { world, identity }: PageContext,
  path: string,
): Response {
  const configId = path.slice("qr/".length).replace(/\.svg$/, "");
  if (!world.state.ways.has(configId)) {
    return new Response(null, { status: 404 });
  }
  return new Response(
    qrSvg(`${identity.publicOrigin}/sandbox/scan/${configId}`),
    {
      headers: {
        "content-type": "image/svg+xml",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'",
        "x-content-type-options": "nosniff",
      },
    },
  );
}

function candidates(all: Iterable<Customer>): Customer[] {
  const list = [...all].filter((one) => one.type === 1);
  const told = list.filter((one) => one.scenario !== "");
  return (told.length > 0 ? told : list).slice(0, 60);
}

export function codeTitle(world: World, way: Way): string {
  if (way.kind === "contact") {
    return `添加 ${
      way.userIds.map((id) => nameOf(world.state, id)).join("、")
    }`;
  }
  const chat = way.chatIds.map((id) => world.state.chats.get(id)).find((one) =>
    one
  );
  return `加入群聊「${chat?.name ?? ""}」`;
}

export async function scanPage(
  context: PageContext,
  request: Request,
): Promise<Response> {
  const { world, identity } = context;
  const configId = new URL(request.url).pathname.slice("/sandbox/scan/".length);
  const way = world.state.ways.get(configId);
  if (!way) {
    await request.body?.cancel();
    return notice("二维码已失效", ["可能已被删除，或沙箱重置过。"], [], 404);
  }
  if (request.method !== "POST") {
    return page(
      {
        title: "扫码",
        links: [{ href: "/sandbox/console", text: "沙箱控制台" }],
      },
      html`
        <div class="lead">
          <h1>${codeTitle(world, way)}</h1>
          <p>模拟客户用微信扫了这个码。选一位客户，或写一个新名字。</p>
        </div>
        <form method="post" class="panel">
          <div class="row">
        <label class="field">客户<select name="who"><option value="">新客户</option>${candidates(
          world.state.customers.values(),
        ).map((one) =>
          html`<option value="${one.externalUserId}">${one.name}（${one.scenario}）</option>`
        )}</select></label>
        <label class="field">新客户的名字<input name="name" maxlength="20" placeholder="王女士" autocomplete="off"></label>
        <button class="button">${way.kind === "join"
          ? "加入群聊"
          : "添加"}</button></div>
        </form>
      `,
    );
  }
  if (!fromOurPages(request, identity)) {
    await request.body?.cancel();
    return notice("没有执行", ["请求不是从沙箱页面发出的。"], [], 403);
  }
  const form = await request.formData();
  const chosen = String(form.get("who") ?? "");
  const name = String(form.get("name") ?? "").trim().slice(0, 20);
  if (!chosen && !name) {
    return notice("还不知道是谁", ["请选一位客户，或写新客户的名字。"], [
      { href: `/sandbox/scan/${configId}`, text: "返回" },
    ], 400);
  }
  try {
    const externalUserId = chosen || world.run("customerAppears", { name });
    if (way.kind === "join") {
      world.run("customerJoinsByQr", { configId, externalUserId });
    } else {
      world.run("customerScansContactWay", { configId, externalUserId });
    }
    const waits = [...world.state.pending.values()]
      .some((one) => one.externalUserId === externalUserId);
    return notice(way.kind === "join" ? "已进群" : "已添加", [
      `${nameOf(world.state, externalUserId)}：${codeTitle(world, way)}。`,
      ...(waits
        ? ["还要员工在企业微信里点「通过」（沙箱控制台里可以点）。"]
        : []),
    ], waits ? [{ href: "/sandbox/console#happen", text: "去点通过" }] : []);
  } catch (error) {
    if (!(error instanceof QyError)) throw error;
    return notice(
      "扫码没有成功",
      [`${error.message}（${error.errcode}）`],
      [],
      409,
    );
  }
}
