/**
 * The one error of the WeCom client. WeCom answers HTTP 200 with an `errcode`, and Deno's network
 * errors quote the whole URL, so everything that enters an error here is cleaned first: no query,
 * token, ticket, secret, login code or phone number is in the message, the fields or the cause.
 */
import {
  adviceFor,
  type Remedy,
  remedyFor,
  type WecomErrorName,
} from "./remedies.ts";

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
  /** WeCom's code; null when no judged answer arrived. */
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

/** WeCom answered, and the answer is an error code. `errmsg` is cleaned here. */
export function refused(
  endpoint: string,
  errcode: number,
  errmsg: string,
  secrets: readonly string[] = [],
): WecomError {
  const entry = remedyFor(errcode);
  const ip = entry.errorName === "WECOM_IP_NOT_TRUSTED" ? ipIn(errmsg) : null;
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
      errcode: null,
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

/**
 * Takes out what may be a credential or a phone number: the given values, queries of URLs, runs of
 * 20 or more letters and digits mixed (tokens, tickets and secrets are 43 to 512 long), and mobile
 * numbers. WeCom's `hint: […]`, digits only, stays: it is what their query tool asks for.
 */
export function clean(text: string, secrets: readonly string[] = []): string {
  let out = text;
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    out = out.replaceAll(secret, "•").replaceAll(
      encodeURIComponent(secret),
      "•",
    );
  }
  return out
    .replace(/,?\s*more info at\s+\S+/gi, "")
    .replace(/\?[^\s)"'<>]*/g, "")
    .replace(
      /[A-Za-z0-9_-]{20,}/g,
      (run) => /[A-Za-z]/.test(run) && /\d/.test(run) ? "•" : run,
    )
    .replace(/(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)/g, "•")
    .trim()
    .slice(0, MAX_TEXT);
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
  return /from ip:\s*([0-9a-f.:]*[0-9a-f])/i.exec(errmsg)?.[1] ?? null;
}
