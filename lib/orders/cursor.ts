/** Where a page of the list ended: the last order's place in it. */
import { AppError } from "../http/errors.ts";
import type { Order } from "./order.ts";

export function encodeCursor(
  { createdAt, orderId }: Pick<Order, "createdAt" | "orderId">,
): string {
  return btoa(`${createdAt.toISOString()} ${encodeURIComponent(orderId)}`)
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws VALIDATION_FAILED when it is none of ours. */
export function decodeCursor(cursor: string): { at: Date; orderId: string } {
  try {
    const text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const [time = "", id = ""] = text.split(" ");
    const at = new Date(time);
    const orderId = decodeURIComponent(id);
    // Postgres knows neither the year 0 nor a NUL.
    if (
      /^(?!0000)\d{4}-/.test(time) && !Number.isNaN(at.getTime()) &&
      !orderId.includes("\0")
    ) {
      return { at, orderId };
    }
  } catch {
    // Not base64, or not ours: told below.
  }
  throw new AppError("VALIDATION_FAILED", {
    msg: "翻页标记无效，请从第一页开始",
    details: [{ path: "cursor", message: "is not a cursor of this list" }],
  });
}
