/** A call to WeCom as a span and as a number: endpoint and outcome, nothing else. */
import { WecomError } from "../wecom/error.ts";
import { countCall } from "./metrics.ts";
import { recorded } from "./trace.ts";

export async function observeCall<T>(
  endpoint: string,
  work: () => Promise<T>,
): Promise<T> {
  const begun = performance.now();
  return await recorded(`wecom ${endpoint}`, { endpoint }, async (tell) => {
    let outcome = "ok";
    try {
      return await work();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      countCall(endpoint, outcome, performance.now() - begun);
      tell({ outcome });
    }
  });
}

function outcomeOf(error: unknown): string {
  if (!(error instanceof WecomError)) return "refused here";
  return error.failure === "errcode" ? String(error.errcode) : error.failure;
}
