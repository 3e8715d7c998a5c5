/**
 * Can this instance serve? Each part is tried for real: a query, a value that
 * is written and read, a token. The answer names parts, never addresses.
 */
import type { Services } from "../services.ts";
import { success } from "./api.ts";
import type { ErrorName } from "./errors.ts";
import { toAppError } from "./to_app_error.ts";

const PATIENCE_MS = 5_000;

export async function readiness(
  services: Services,
  requestId: string,
): Promise<Response> {
  const { sql, cache, wecom, now, log } = services;
  const parts: Record<string, () => Promise<unknown>> = {
    database: () => sql`select 1 from customer_order limit 1`,
    kv: async () => {
      const value = crypto.randomUUID();
      await cache.set(`readyz:${value}`, value, now() + PATIENCE_MS);
      const read = await cache.get(`readyz:${value}`);
      if (read?.value !== value) {
        throw new Error("Cannot read what was written");
      }
      await cache.deleteIf(`readyz:${value}`, value);
    },
    token: () => wecom.ready(AbortSignal.timeout(PATIENCE_MS)),
  };
  const failing: string[] = [];
  let error: ErrorName = "INTERNAL";
  await Promise.all(
    Object.entries(parts).map(async ([part, attempt]) => {
      try {
        await within(attempt());
      } catch (cause) {
        failing.push(part);
        // What WeCom says has a name of its own.
        if (part === "token") error = toAppError(cause).error;
        log("warn", "readyz.failing", { part, error: cause });
      }
    }),
  );
  if (failing.length === 0) return success({ status: "ready" });
  failing.sort();
  if (failing.length > 1) error = "INTERNAL";
  return Response.json({
    code: 0,
    error,
    msg: `暂时不可用：${failing.join("、")}`,
    requestId,
    details: { failing },
  }, { status: 503 });
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`No answer within ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
