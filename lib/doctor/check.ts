/**
 * One check of the doctor, and what it found: whether it is as it should be, why
 * not, where in the admin console it is mended, by whom, and the document that says
 * so. A check that fails by itself is a result, too.
 */
import { adviceOf, WecomError } from "../wecom/mod.ts";
import { OwnerError } from "../owner/error.ts";
import { isOutage, sqlState } from "../store/database.ts";
import { briefly } from "../http/briefly.ts";

/** `unknown`: no call can tell, or what it needs is not there. */
export type State = "ok" | "warning" | "failed" | "unknown";

export interface Finding {
  state: State;
  /** A sentence for a person. */
  cause: string;
  /** Where in WeCom's admin console. */
  place?: string | null;
  who?: string | null;
  /** Number of WeCom's document, where another one than the check's own. */
  document?: string;
  /** Ids: for the company's own people, not to be sent to others. */
  detail?: string;
}

export interface Check<P> {
  name: string;
  /** What is looked at, in Chinese. */
  title: string;
  /** Number of WeCom's document. */
  document?: string;
  run(parts: P): Promise<Finding>;
}

export interface Line extends Finding {
  name: string;
  title: string;
}

export const OPS = "部署运维";
export const ADMIN = "企业微信管理员";
export const ERP = "ERP 对接人";

export const ok = (cause: string): Finding => ({ state: "ok", cause });

export function failed(
  cause: string,
  { place = null, who = OPS, ...more }: Partial<Finding> = {},
): Finding {
  return { state: "failed", cause, place, who, ...more };
}

export function warning(
  cause: string,
  more: Partial<Finding> = {},
): Finding {
  return { ...failed(cause, more), state: "warning" };
}

export const unknown = (cause: string): Finding => ({
  state: "unknown",
  cause,
});

/** Side by side; each has so many ms. Never throws. */
export async function runChecks<P>(
  checks: readonly Check<P>[],
  parts: P,
  patienceMs: number,
): Promise<Line[]> {
  return await Promise.all(checks.map(async (check): Promise<Line> => {
    const { name, title, document } = check;
    const found = await findingOf(check, parts, patienceMs);
    return { name, title, ...document && { document }, ...found };
  }));
}

async function findingOf<P>(
  check: Check<P>,
  parts: P,
  patienceMs: number,
): Promise<Finding> {
  try {
    const found = await briefly(check.run(parts), patienceMs);
    return found === "late"
      ? failed(`${patienceMs / 1_000} 秒内没有得到结果`)
      : found;
  } catch (error) {
    return whatFailed(error);
  }
}

/** What WeCom says by a code is in the table of codes: cause, place and who. */
function whatFailed(error: unknown): Finding {
  if (error instanceof WecomError) {
    const { errcode, endpoint } = error;
    if (errcode === null || errcode === 0) {
      return failed(
        `${error.advice.replace(/。$/, "")}（${endpoint}）${whoSaidNo(error)}`,
      );
    }
    const { cause, place, who } = adviceOf(error);
    return failed(`${cause}（错误码 ${errcode}，${endpoint}）`, {
      place,
      who,
      document: "90313",
    });
  }
  if (error instanceof OwnerError) return failed(error.message);
  if (isOutage(error)) return failed("数据库连不上，或没有及时回应");
  if (UNMIGRATED.has(sqlState(error) ?? "")) {
    return failed("数据库还没有迁移到这个版本：请运行 deno task migrate");
  }
  if (error instanceof Skipped) return unknown(error.message);
  const name = error instanceof Error ? error.name : typeof error;
  return failed(`检查没有做完：${name}`);
}

/** No such table, no such column. */
const UNMIGRATED: ReadonlySet<string> = new Set(["42P01", "42703"]);

/** WeCom says no by a code in a 200; the relay by a status. */
function whoSaidNo({ status }: WecomError): string {
  return status !== null && status >= 400 && status < 500
    ? `：回答的是 HTTP ${status}，不是企业微信；经过转发服务时见「relay」`
    : "";
}

/** What a check needs is not there, and is the matter of another check. */
export class Skipped extends Error {
  override readonly name = "Skipped";
}
