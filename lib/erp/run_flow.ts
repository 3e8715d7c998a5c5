/**
 * Asks the ERP's own runFlow for an order that was not pushed (document §3.1.1:
 * `{flowId, orderId}` → `{code: 1, data: {…}}`). One attempt with a timeout:
 * a person is waiting, and tries again by tapping.
 */
import { z } from "zod";
import type { Secret } from "../config/secret.ts";
import type { Log } from "../http/log.ts";
import { collect, TooLarge } from "../http/collect.ts";
import { AppError } from "../http/errors.ts";
import { type OrderPush, orderPush } from "../orders/push.ts";
import { readTime, Time } from "./time.ts";

/** A page waits for 5 s in all. */
const TIMEOUT_MS = 4_000;
/** An order is small; whatever is larger is none, and is not read to its end. */
const MOST_BYTES = 256 * 1024;

export interface Erp {
  /** null: the ERP has no such order. Throws ERP_UNAVAILABLE. */
  order(orderId: string): Promise<OrderPush | null>;
}

const Envelope = z.object({
  code: z.union([z.number(), z.string()]),
  /** Absent when the ERP has no such order. */
  data: z.unknown().optional(),
});

/** Numbers where texts are due are common in ERPs. */
const text = z.union([z.string(), z.number()]).transform(String).nullish();

const ErpOrder = z.object({
  orderId: text,
  orderNo: text,
  customerName: text,
  customerPhone: text,
  // What cannot be read of it must not keep the order from being opened.
  customers: z.array(z.object({ name: text, phone: text })).nullish()
    .catch(undefined),
  designerWxUserId: text,
  projectManagerWxUserId: text,
  storeName: text,
  createdAt: z.unknown().optional(),
});

export function createErp(deps: {
  url: string;
  token: Secret | null;
  flowId: string;
  fetch: typeof fetch;
  log: Log;
  /** Of times that tell none; an IANA name. */
  timeZone: string;
}): Erp {
  const { url, token, flowId, log } = deps;
  return {
    async order(orderId) {
      const answer = await ask(orderId);
      const envelope = Envelope.safeParse(answer);
      if (!envelope.success) throw unavailable("answers no envelope");
      if (
        Number(envelope.data.code) !== 1 ||
        (envelope.data.data ?? null) === null
      ) {
        return null;
      }
      const order = toPush(orderId, envelope.data.data, deps.timeZone);
      if (!order) throw unavailable("answers an order without what we need");
      return order;
    },
  };

  async function ask(orderId: string): Promise<unknown> {
    try {
      const response = await deps.fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
        },
        body: JSON.stringify({ flowId, orderId }),
        // Followed, it would carry the token to another host.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`Cannot ask: HTTP ${response.status}`);
      }
      const body = await collect(response, MOST_BYTES);
      return JSON.parse(new TextDecoder().decode(body));
    } catch (error) {
      // Deno quotes the whole address, the parser a piece of the answer: a token
      // or a number could be in it.
      const name = error instanceof Error ? error.name : "Error";
      const known = error instanceof TooLarge || error instanceof Error &&
          error.message.startsWith("Cannot ask");
      throw unavailable(known ? error.message : `does not answer: ${name}`);
    }
  }

  function unavailable(what: string): AppError {
    log("warn", "erp.unavailable", { what });
    return new AppError("ERP_UNAVAILABLE");
  }
}

/** What is missing is filled in where a sensible value exists; null otherwise. */
function toPush(
  orderId: string,
  data: unknown,
  timeZone: string,
): OrderPush | null {
  const read = ErpOrder.safeParse(data);
  if (!read.success) return null;
  const time = Time.safeParse(read.data.createdAt);
  const created = time.success ? readTime(time.data, timeZone) : null;
  const push = orderPush(timeZone).safeParse({
    ...read.data,
    // What we asked for counts: an ERP's inner id must not become a second order.
    orderId,
    customerName: read.data.customerName?.trim() || "客户",
    customerPhone: read.data.customerPhone ?? "",
    customers: read.data.customers?.map(({ name, phone }) => ({
      name,
      phone: phone ?? "",
    })),
    createdAt: created?.toISOString() ?? null,
  });
  return push.success ? push.data : null;
}
