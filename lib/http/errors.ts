/**
 * The errors that people and other systems see: one table of names, statuses
 * and sentences. A name says what the reader can do; branch on it, never on
 * the sentence. Whatever is not an `AppError` surfaces as INTERNAL, without
 * its text.
 */
import type { DetailsOf } from "../flows/details.ts";

export const ERRORS = {
  UNAUTHENTICATED: [401, "登录已过期，请重新打开页面"],
  FORBIDDEN: [403, "您没有权限进行此操作"],
  CSRF_REJECTED: [403, "请求来源不受信任，请刷新页面后重试"],
  VALIDATION_FAILED: [400, "提交的内容有误"],
  FLOW_NOT_FOUND: [404, "没有这个流程"],
  ORDER_NOT_FOUND: [
    404,
    "没有找到这个订单。可能还没有从订单系统同步过来，也可能由其他同事负责",
  ],
  GROUP_NOT_FOUND: [404, "这个订单还没有客户群"],
  NOT_FOUND: [404, "没有这个地址"],
  REQUEST_INCOMPLETE: [408, "提交的内容没有传完，请重新提交"],
  METHOD_NOT_ALLOWED: [405, "此地址不支持这种请求方式"],
  GROUP_IN_PROGRESS: [409, "这个订单正在建群"],
  GROUP_ALREADY_EXISTS: [409, "这个订单已经有客户群"],
  CHAT_BOUND_TO_OTHER_ORDER: [409, "这个群已经属于另一个订单"],
  ALREADY_REMINDED: [409, "刚提醒过这位同事，请稍后再提醒"],
  COLLEAGUE_NOT_FOUND: [404, "订单上的同事都还没有添加这位客户"],
  COLLEAGUE_UNREACHABLE: [422, "企业微信没有把提醒送到同事那里"],
  CHAT_REJECTED: [422, "这个群和准备创建的不一致，没有记录"],
  NO_CUSTOMER_CONTACT_PERMISSION: [403, "您还没有客户联系权限"],
  RATE_LIMITED: [429, "操作太频繁，请稍后再试"],
  WECOM_IP_NOT_TRUSTED: [502, "企业微信不接受这台服务器，请联系管理员"],
  WECOM_CREDENTIALS_INVALID: [502, "企业微信不接受这个应用，请联系管理员"],
  WECOM_UNAVAILABLE: [503, "企业微信暂时没有响应，请稍后重试"],
  DATABASE_UNAVAILABLE: [503, "服务暂时没有响应，请稍后重试"],
  ERP_UNAVAILABLE: [503, "订单系统暂时没有响应，请稍后重试"],
  INTERNAL: [500, "服务出错了，请稍后重试"],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorName = keyof typeof ERRORS;

export interface AppErrorOptions<E extends ErrorName = ErrorName> {
  /** For a person, in Chinese; the table's sentence unless told. */
  msg?: string;
  /** For a program, as the error's name has them; no secrets, no numbers. */
  details?: DetailsOf<E> | undefined;
  retryAfterSeconds?: number;
  /** For a method that is not allowed. */
  allow?: readonly string[];
  cause?: unknown;
}

export class AppError<E extends ErrorName = ErrorName> extends Error {
  override readonly name = "AppError";
  readonly status: number;
  readonly msg: string;
  readonly details: DetailsOf<E> | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: readonly string[] | undefined;

  constructor(readonly error: E, options: AppErrorOptions<E> = {}) {
    const [status, sentence] = ERRORS[error];
    super(`${error}: ${options.msg ?? sentence}`, { cause: options.cause });
    this.status = status;
    this.msg = options.msg ?? sentence;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.allow = options.allow;
  }
}

/** Whether somebody was refused, also where they are told that nothing is there. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return error.error === "FORBIDDEN" || isRefusal(error.cause);
}

/** Is it the one of this name? Then its details are, too. */
export function isAppError<E extends ErrorName>(
  error: unknown,
  name: E,
): error is AppError<E> {
  return error instanceof AppError && error.error === name;
}

/** `details.reason`: which of the cases of an error's name it is. */
export function reasonOf({ details }: AppError): string | null {
  if (typeof details !== "object" || details === null) return null;
  return "reason" in details && typeof details.reason === "string"
    ? details.reason
    : null;
}
