/** The envelope of every answer under /api, of success and of failure. */
import { withoutNumbers } from "../contacts/masked.ts";
import type { AppError } from "./errors.ts";

export function success(data: unknown): Response {
  return Response.json({ code: 1, data });
}

/** The envelope of a failure; anything but an `AppError` says INTERNAL. */
export function failure(error: AppError, requestId: string): Response {
  const { status, msg, details, retryAfterSeconds, allow } = error;
  const headers = new Headers();
  if (retryAfterSeconds !== undefined) {
    headers.set("retry-after", String(retryAfterSeconds));
  }
  if (allow) headers.set("allow", allow.join(", "));
  // Details name groups and people, as WeCom tells them.
  const body = withoutNumbers({
    code: 0,
    error: error.error,
    msg,
    requestId,
    details,
  });
  return Response.json(body, { status, headers });
}
