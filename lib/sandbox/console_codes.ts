/**
 * Codes on the console: to scan one as a customer without a second phone, and
 * whoever scanned a member's code and waits for the member's tap.
 */
import type { Form } from "./console_parts.ts";
import { type Html, html } from "./html.ts";
import type { PendingContact } from "./types.ts";
import { nameOf } from "./chat_core.ts";
import { codeTitle } from "./scan.ts";
import type { World } from "./world.ts";

const SHOWN = 8;

/** The newest codes, each with its place to scan it. */
export function codesLine(world: World): Html | null {
  const codes = [...world.state.ways.values()].reverse().slice(0, SHOWN);
  if (codes.length === 0) return null;
  return html`
    <p class="hint">扮演客户扫码</p>
    <ul>${codes.map((way) =>
      html`<li><a href="/sandbox/scan/${way.configId}">${
        codeTitle(world, way)
      }</a>${way.remark ? `（${way.remark}）` : ""}</li>`
    )}</ul>
  `;
}

/** Somebody who scanned a member's code; the member has to tap. */
export function waiting(
  world: World,
  form: Form,
  request: PendingContact,
): Html {
  const { userId, externalUserId: id, half } = request;
  return form(
    "confirm",
    "happen",
    html`<div class="row"><input type="hidden" name="userId" value="${userId}"
      ><input type="hidden" name="id" value="${id}"><span>${
      nameOf(world.state, id)
    }${half ? "扫码加了" : "请求添加"}${
      nameOf(world.state, userId)
    }</span><button class="plain">通过</button></div>`,
  );
}
