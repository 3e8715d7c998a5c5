/**
 * What is written down of one WeCom error code, and the few kinds of them. A
 * reader wants to know what can be done, by whom and where in the admin console
 * (管理后台); a program, whether it concerns one thing or the whole app.
 */

/**
 * What a caller can do: mend the configuration of the app or company, try again,
 * accept that the thing is gone, accept that this person or thing may not, or
 * mend our program.
 */
export type Remedy = "config" | "retry" | "gone" | "denied" | "bug";

/** The names under which WeCom failures surface in our own HTTP API. */
export type WecomErrorName =
  | "WECOM_CREDENTIALS_INVALID"
  | "WECOM_IP_NOT_TRUSTED"
  | "NO_CUSTOMER_CONTACT_PERMISSION"
  | "RATE_LIMITED"
  | "UNAUTHENTICATED"
  | "CHAT_REJECTED"
  | "VALIDATION_FAILED"
  | "WECOM_UNAVAILABLE";

export const ADMIN = "企业微信管理员";
export const OPS = "部署运维";
export const DEVELOPER = "开发者";
export const SELF = "本人";
export const NOBODY = "无需处理";

export type Mender =
  | typeof ADMIN
  | typeof OPS
  | typeof DEVELOPER
  | typeof SELF
  | typeof NOBODY;

export interface CodeRow {
  readonly code: number;
  /** The last code of a range that means the same; `code` is its first. */
  readonly last?: number;
  readonly cause: string;
  /** Where it is mended; null when there is nothing to mend in the admin console. */
  readonly place: string | null;
  readonly who: Mender;
  readonly remedy: Remedy;
  readonly errorName: WecomErrorName;
  /** Seconds to wait before the next try, when WeCom asks for a pause. */
  readonly retryAfterSeconds?: number;
}

const APP = "应用管理 → 自建应用";
const CONTACT = "客户与上下游 → 客户联系";

/** Places of the admin console, as its own menus name them. */
export const PLACE = {
  app: APP,
  enabled: `${APP} → 启用应用`,
  scope: `${APP} → 可见范围`,
  secret:
    `${APP} → Secret（对应变量 WECOM_CORP_ID、WECOM_AGENT_ID、WECOM_SECRET）`,
  domain: `${APP} → 网页授权及JS-SDK → 可信域名`,
  ip: `${APP} → 企业可信IP（须先设置可信域名或接收消息服务器URL）`,
  callback: `${APP} → 接收消息 → 设置API接收`,
  callable: `${CONTACT} → API → 可调用接口的应用`,
  contactRange: `${CONTACT} → 权限配置 → 使用范围`,
  contact: CONTACT,
  tags: `${CONTACT} → 客户标签`,
  corp: "我的企业 → 企业信息",
  corpId: "我的企业 → 企业信息 → 企业ID",
  members: "通讯录",
} as const;

/** It passes by itself. */
export function passing(code: number, cause: string, seconds = 5): CodeRow {
  const errorName = "WECOM_UNAVAILABLE";
  return {
    ...of(code, "retry", errorName, cause),
    retryAfterSeconds: seconds,
  };
}

/** Too many, or too many in parallel. */
export function limited(
  code: number,
  cause: string,
  seconds: number,
): CodeRow {
  return {
    ...of(code, "retry", "RATE_LIMITED", cause),
    retryAfterSeconds: seconds,
  };
}

/** A sign-in that a person has to begin anew. */
export function signIn(code: number, cause: string): CodeRow {
  return of(code, "retry", "UNAUTHENTICATED", cause, null, SELF);
}

/** Company or app are not set up for it: each call would fail. */
export function mend(
  code: number,
  errorName: WecomErrorName,
  cause: string,
  place: string | null,
  who: Mender = ADMIN,
): CodeRow {
  return of(code, "config", errorName, cause, place, who);
}

/** Company or app lack a right that the admin has to give. */
export function noRight(code: number, cause: string, place: string): CodeRow {
  return mend(code, "NO_CUSTOMER_CONTACT_PERMISSION", cause, place);
}

/** One member lacks what others have. */
export function denied(
  code: number,
  cause: string,
  place: string,
  who: Mender = ADMIN,
): CodeRow {
  const errorName = "NO_CUSTOMER_CONTACT_PERMISSION";
  return of(code, "denied", errorName, cause, place, who);
}

/** What was asked for is not to be had. */
export function gone(
  code: number,
  errorName: WecomErrorName,
  cause: string,
  place: string | null = null,
  who: Mender = NOBODY,
): CodeRow {
  return of(code, "gone", errorName, cause, place, who);
}

/** WeCom will not do it with this thing, now or ever; others are not concerned. */
export function declined(
  code: number,
  errorName: WecomErrorName,
  cause: string,
  who: Mender = NOBODY,
): CodeRow {
  return of(code, "denied", errorName, cause, null, who);
}

/** We sent what WeCom does not take. */
export function mistake(code: number, cause: string, last?: number): CodeRow {
  const row = of(code, "bug", "WECOM_UNAVAILABLE", cause, null, DEVELOPER);
  return last === undefined ? row : { ...row, last };
}

function of(
  code: number,
  remedy: Remedy,
  errorName: WecomErrorName,
  cause: string,
  place: string | null = null,
  who: Mender = NOBODY,
): CodeRow {
  return { code, cause, place, who, remedy, errorName };
}
