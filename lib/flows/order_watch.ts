/**
 * What changed since an open page was told how things stand: a customer who was
 * accepted just now, a colleague's group. Asked every few seconds; costs no call to
 * WeCom, and leaves nothing behind.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { PageNow } from "./schemas.ts";
import { pageNow, type PageNowDeps } from "../groups/page_now.ts";
import { z } from "zod";

export const orderWatch = flow<PageNowDeps>()({
  summary: "查看打开的订单页有没有变化",
  who: RIGHTS.seeOrder,
  input: z.object({
    orderId: Id,
    version: z.string().max(64).describe("of what the page shows"),
  }),
  output: z.object({
    version: z.string(),
    now: PageNow.nullable().describe("null: nothing has changed"),
  }),
  changes: false,
  run: ({ deps, actor, order }, { version }) =>
    pageNow(deps, actor, order, version),
});
