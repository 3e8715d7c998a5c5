/**
 * GET /readyz asks for the balancer: can this process serve? 503 only when one
 * of the checks that serving depends on fails; WeCom being away is no reason to
 * take a process out, since every other one would go with it. The body tells
 * the state of all parts, for people and their alarms. It names parts, never
 * addresses, and what an error said stands in the log alone.
 */
import { success } from "./envelope.ts";
import { apart, until } from "../store/deadline.ts";
import { briefly } from "./briefly.ts";
import type { ErrorName } from "./errors.ts";
import type { Log } from "./log.ts";
import { toAppError } from "./to_app_error.ts";

/** What a check found: numbers and dates for a person. */
export interface Finding {
  /** It works, but somebody should look. */
  warning?: boolean;
  [detail: string]: unknown;
}

export interface Check {
  name: string;
  /** This process cannot serve without it. */
  serving: boolean;
  /** Tries the part for real. Throws when it does not work. */
  check(signal: AbortSignal): Promise<Finding | void>;
}

export type PartState =
  | { state: "ok" | "warning"; [detail: string]: unknown }
  | { state: "failed"; error: ErrorName };

export interface Readiness {
  /** Names of the failed checks that serving depends on, sorted. */
  failing: string[];
  parts: Record<string, PartState>;
}

/** A balancer waits for some seconds; what only people read waits for less. */
const PATIENCE_MS = { serving: 3_000, telling: 1_500 };

/**
 * Runs the checks side by side. Requests that come meanwhile share the answer:
 * anyone may ask, and a check writes.
 */
export function createReadiness(
  checks: readonly Check[],
  log: Log,
): () => Promise<Readiness> {
  let running: Promise<Readiness> | null = null;

  async function ask(): Promise<Readiness> {
    const found = await Promise.all(
      checks.map(async (check) => [check, await stateOf(check, log)] as const),
    );
    return {
      failing: found
        .filter(([{ serving }, { state }]) => serving && state === "failed")
        .map(([{ name }]) => name).sort(),
      parts: Object.fromEntries(found.map(([{ name }, part]) => [name, part])),
    };
  }

  return () => running ??= ask().finally(() => running = null);
}

/** The answer to GET /readyz. */
export function answerReadiness(
  { failing, parts }: Readiness,
  requestId: string,
): Response {
  if (failing.length === 0) return success({ status: "ready", parts });
  const error: ErrorName = "INTERNAL";
  return Response.json({
    code: 0,
    error,
    msg: `暂时不可用：${failing.join("、")}`,
    requestId,
    details: { failing, parts },
  }, { status: 503 });
}

async function stateOf(
  { name, serving, check }: Check,
  log: Log,
): Promise<PartState> {
  const patience = PATIENCE_MS[serving ? "serving" : "telling"];
  const late = new AbortController();
  try {
    const asking = apart(() => until(late.signal, () => check(late.signal)));
    const finding = await briefly(asking, patience);
    if (finding === "late") throw new Error(`No answer in ${patience} ms`);
    const { warning = false, ...details } = finding ?? {};
    return { state: warning ? "warning" : "ok", ...details };
  } catch (cause) {
    log("warn", "readyz.failing", { part: name, serving, error: cause });
    return { state: "failed", error: toAppError(cause).error };
  } finally {
    late.abort();
  }
}
