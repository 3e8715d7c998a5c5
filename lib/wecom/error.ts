/**
 * The one error of the WeCom client. WeCom answers HTTP 200 with an `errcode`, and Deno's network
 * errors quote the whole URL, so everything that enters an error here is cleaned first: no query,
 * token, ticket, secret, login code or phone number is in the message, the fields or the cause.
 */
import { CODE } from "./codes/mod.ts";
import type { Remedy, WecomErrorName } from "./codes/row.ts";
import { adviceFor, listedCode, remedyFor } from "./remedies.ts";

/** Where a call failed: in WeCom's judgement, on the way, or in the shape of the answer. */
export type Failure =
  | "errcode"
  | "network"
  | "timeout"
  | "http"
  | "garbage"
  | "aborted";

interface WecomErrorFields {
  readonly endpoint: string;
  readonly errcode: number | null;
  readonly failure: Failure;
  readonly remedy: Remedy;
  readonly errorName: WecomErrorName;
  readonly advice: string;
  readonly ip?: string | null;
  readonly retryAfterSeconds?: number | null;
  readonly status?: number | null;
}

export class WecomError extends Error {
  override readonly name = "WecomError";
  /** Name of the endpoint, such as `externalcontact/get`. */
  readonly endpoint: string;
  /** WeCom's code, 0 where it said that all is well; null when no judged answer arrived. */
  readonly errcode: number | null;
  readonly failure: Failure;
  readonly remedy: Remedy;
  readonly errorName: WecomErrorName;
  /** Chinese, for a person: cause, place in the admin console, who can mend it. */
  readonly advice: string;
  /** The egress address that WeCom refused (60020). */
  readonly ip: string | null;
  readonly retryAfterSeconds: number | null;
  /** HTTP status when it was not 200. */
  readonly status: number | null;

  constructor(
    message: string,
    fields: WecomErrorFields,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.endpoint = fields.endpoint;
    this.errcode = fields.errcode;
    this.failure = fields.failure;
    this.remedy = fields.remedy;
    this.errorName = fields.errorName;
    this.advice = fields.advice;
    this.ip = fields.ip ?? null;
    this.retryAfterSeconds = fields.retryAfterSeconds ?? null;
    this.status = fields.status ?? null;
  }
}

/** Did WeCom answer this code? */
export function isCode(error: unknown, code: number): error is WecomError {
  return error instanceof WecomError && error.errcode === code;
}

/**
 * Does it concern only what was asked for, a group or a person? Others can still
 * be read: the company, the app, the line and WeCom's own state are all right.
 * So is what nobody has listed, and an answer of a shape that nobody foresaw.
 */
export function isOfOne(error: unknown): error is WecomError {
  if (!(error instanceof WecomError)) return false;
  if (error.errcode === null) return false;
  if (error.failure === "garbage") return true;
  const listed = listedCode(error.errcode);
  return listed === null || listed.remedy === "gone" ||
    listed.remedy === "denied" || listed.remedy === "bug";
}

/** WeCom answered, and the answer is an error code. `errmsg` is cleaned here. */
export function refused(
  endpoint: string,
  errcode: number,
  errmsg: string,
  secrets: readonly string[] = [],
): WecomError {
  const entry = remedyFor(errcode);
  const ip = entry.code === CODE.IP_NOT_TRUSTED ? ipIn(errmsg) : null;
  const said = clean(errmsg, secrets);
  return new WecomError(
    `企业微信拒绝了 ${endpoint}：${errcode}${said === "" ? "" : ` ${said}`}`,
    {
      endpoint,
      errcode,
      failure: "errcode",
      remedy: entry.remedy,
      errorName: entry.errorName,
      advice: adviceFor(entry, ip),
      ip,
      retryAfterSeconds: entry.retryAfterSeconds ?? null,
    },
  );
}

const REASONS: Record<Exclude<Failure, "errcode">, string> = {
  network: "连接企业微信失败",
  timeout: "企业微信没有及时回应",
  http: "企业微信接口返回了异常状态",
  garbage: "企业微信的回应无法识别",
  aborted: "请求已取消",
};

/** No usable answer arrived. `cause` is replaced by a cleaned copy of itself. */
export function unavailable(
  endpoint: string,
  failure: Exclude<Failure, "errcode">,
  detail: {
    cause?: unknown;
    status?: number;
    note?: string;
    secrets?: readonly string[];
    errcode?: number;
  } = {},
): WecomError {
  const { status, note, secrets = [] } = detail;
  const extra = [status === undefined ? "" : `HTTP ${status}`, note ?? ""]
    .filter((t) => t !== "");
  const tail = extra.length === 0
    ? ""
    : `（${clean(extra.join("，"), secrets)}）`;
  return new WecomError(
    `${REASONS[failure]}：${endpoint}${tail}`,
    {
      endpoint,
      errcode: detail.errcode ?? null,
      failure,
      remedy: failure === "garbage" ? "bug" : "retry",
      errorName: "WECOM_UNAVAILABLE",
      advice: `${REASONS[failure]}，请稍后重试。`,
      retryAfterSeconds: 5,
      status: status ?? null,
    },
    detail.cause === undefined
      ? undefined
      : { cause: cleanCause(detail.cause, secrets) },
  );
}

const MAX_TEXT = 300;
/** What a regular expression may see: some of them look at a blank many times. */
const MAX_SEEN = 2_000;
/** Secrets are taken out before the text is cut, so that none is cut in two. */
const MAX_SEARCHED = 64 * 1024;

/**
 * Takes out what may be a credential or a phone number: the given values, queries of URLs, runs of
 * 20 or more letters and digits mixed (tokens, tickets and secrets are 43 to 512 long), and mobile
 * numbers. WeCom's `hint: […]`, digits only, stays: it is what their query tool asks for.
 */
export function clean(
  text: string,
  secrets: readonly string[] = [],
  most: number = MAX_TEXT,
): string {
  let out = text.slice(0, MAX_SEARCHED);
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    out = out.replaceAll(secret, "•").replaceAll(
      encodeURIComponent(secret),
      "•",
    );
  }
  return out.slice(0, MAX_SEEN)
    .replace(/,?\s*more info at\s+\S+/gi, "")
    .replace(/\?[^\s)"'<>]*/g, "")
    .replace(
      /[A-Za-z0-9_-]{20,}/g,
      (run) => /[A-Za-z]/.test(run) && /\d/.test(run) ? "•" : run,
    )
    .replace(/(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)/g, "•")
    .trim()
    .slice(0, most);
}

/** A copy of the cause without its stack's first line and without anything secret; at most three deep. */
function cleanCause(
  cause: unknown,
  secrets: readonly string[],
  depth = 0,
): Error {
  if (!(cause instanceof Error)) {
    return new Error(clean(String(cause), secrets));
  }
  const inner = cause.cause === undefined || depth >= 2
    ? undefined
    : { cause: cleanCause(cause.cause, secrets, depth + 1) };
  const copy = new Error(clean(cause.message, secrets), inner);
  copy.name = cause.name;
  return copy;
}

function ipIn(errmsg: string): string | null {
  const seen = errmsg.slice(0, MAX_SEEN);
  return /from ip:\s*([0-9a-f.:]*[0-9a-f])/i.exec(seen)?.[1] ?? null;
}
