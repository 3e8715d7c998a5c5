/**
 * What the client says no with, for both pages that ask it: the SDK's rejections
 * are plain objects or its own Errors, spelled with blanks or underscores (96912,
 * and seen).
 */
import type { Problem } from "./model.ts";

export type ClientAnswer<T> =
  | { ok: true; data: T }
  /** `problem` is null when the person cancelled. */
  | { ok: false; problem: Problem | null };

/**
 * Turns either shape of rejection into what a person can read. `right`: what the
 * page needs, where the client says that it is not permitted.
 */
export function refusal(reason: unknown, right = "客户群"): Problem | null {
  const { errMsg, message } = (reason ?? {}) as {
    errMsg?: string;
    message?: string;
  };
  const text = String(errMsg ?? message ?? reason);
  // The SDK deletes underscores, the client writes blanks: compare without both.
  const plain = text.toLowerCase().replace(/[\s_]/g, "");
  const details = text.slice(0, 200);
  if (/:(fail)?cancel$/.test(plain)) return null;
  if (plain.includes("functionnotexist")) {
    return {
      error: "CLIENT_TOO_OLD",
      msg: "企业微信版本太低，请升级后再试",
      details,
    };
  }
  if (
    /^(agentconfig|config|preverifyjsapi|sdkerror)|offlineverifying/.test(plain)
  ) {
    return {
      error: "CLIENT_NOT_READY",
      msg: "企业微信没有认可这个页面，请重试或联系管理员",
      details,
    };
  }
  if (/permission|denied/.test(plain)) {
    return {
      error: "NO_CUSTOMER_CONTACT_PERMISSION",
      msg: `您或应用没有${right}权限，请联系管理员`,
      details,
    };
  }
  return { error: "CLIENT_REFUSED", msg: "企业微信没有完成，请重试", details };
}

/** A rejection of the SDK that nobody awaited: a plain object, or its own Error. */
export function isClientFailure(reason: unknown): boolean {
  return !(reason instanceof Error) || /^SDK/.test(reason.message);
}
