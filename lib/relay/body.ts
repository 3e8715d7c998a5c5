/** The body of a request that is proved, no further than it may be long or late. */
import { collect, TooLarge } from "../http/collect.ts";

/** No text that is sent to WeCom comes near it. */
const MOST_BYTES = 256 * 1024;
const BODY_MS = 10_000;

/** Why there is none: it is too large, or the rest of it does not come. */
export type NoBody =
  | { status: 413; why: "too_large" }
  | { status: 408 | 400; why: "late" };

export async function bodyOf(
  request: Request,
): Promise<Uint8Array<ArrayBuffer> | NoBody> {
  const { promise: late, resolve } = Promise.withResolvers<NoBody>();
  const timer = setTimeout(
    () => resolve({ status: 408, why: "late" }),
    BODY_MS,
  );
  try {
    return await Promise.race([
      collect(request, MOST_BYTES) as Promise<Uint8Array<ArrayBuffer>>,
      late,
    ]);
  } catch (error) {
    return error instanceof TooLarge
      ? { status: 413, why: "too_large" }
      : { status: 400, why: "late" };
  } finally {
    clearTimeout(timer);
  }
}
