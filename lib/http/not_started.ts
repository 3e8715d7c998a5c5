/**
 * GET /readyz of a process whose parts could not be made, for which there is
 * nobody to ask: 503 that names why, while each request tries again.
 */
import { ConfigError } from "../config/mod.ts";
import { OwnerError } from "../owner/error.ts";
import { DataDirError } from "../store/data_dir.ts";
import { isOutage } from "../store/database.ts";
import { answerReadiness } from "./readiness.ts";
import { toAppError } from "./to_app_error.ts";

export function answerNotStarted(error: unknown, requestId: string): Response {
  const part = partOf(error);
  return answerReadiness({
    failing: [part],
    parts: { [part]: { state: "failed", error: toAppError(error).error } },
  }, requestId);
}

function partOf(error: unknown): string {
  if (error instanceof OwnerError) return error.part;
  if (error instanceof ConfigError) return "configuration";
  if (error instanceof DataDirError) return "data";
  return isOutage(error) ? "database" : "start";
}
