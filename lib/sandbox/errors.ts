/**
 * qyapi's error codes with texts of the shape it sends. An error is HTTP 200
 * with `errcode` ≠ 0 and the endpoint's empty default fields; the text is not a
 * stable interface (document 90313), so nothing may depend on it except the
 * egress IP that 60020 names.
 */
import { CODE } from "../wecom/codes/mod.ts";

const TEXT: Readonly<Record<number, string>> = {
  [CODE.BUSY]: "system busy",
  0: "ok",
  [CODE.BAD_SECRET]: "invalid credential",
  [CODE.UNKNOWN_MEMBER]: "invalid UserID",
  [CODE.UNKNOWN_CORP]: "invalid corpid",
  [CODE.BAD_TOKEN]: "invalid access_token",
  [CODE.CODE_INVALID]: "invalid code",
  [CODE.UNKNOWN_GROUP]: "invalid chatid",
  [CODE.UNKNOWN_AGENT]: "invalid agentid",
  [CODE.PARAMETER_INVALID]: "invalid Request Parameter",
  [CODE.PARAMETER_EMPTY]: "some parameters are empty",
  [CODE.SIGNATURE_INVALID]: "invalid jsapi signature",
  [CODE.UNKNOWN_CUSTOMER]: "invalid external userid",
  [CODE.TRANSFERRED_TOO_OFTEN]: "transferred too often",
  [CODE.TOKEN_MISSING]: "access_token missing",
  [CODE.CORP_MISSING]: "corpid missing",
  [CODE.SECRET_MISSING]: "corpsecret missing",
  [CODE.CODE_MISSING]: "missing code",
  [CODE.WELCOME_TOO_LATE]: "invalid welcome code",
  [CODE.WELCOME_DELIVERED]: "chat already begun",
  [CODE.TOKEN_EXPIRED]: "access_token expired",
  [CODE.CODE_EXPIRED]: "code expired",
  [CODE.WRONG_TICKET]: "wrong type of jsapi_ticket",
  [CODE.CONTENT_EMPTY]: "empty media data",
  [CODE.RATE_LIMITED]: "api freq out of limit",
  [CODE.TOO_MANY_PARALLEL]: "api concurrent out of limit",
  [CODE.CONFLICT]: "concurrent conflict",
  [CODE.DATA_FORMAT]: "data format error",
  [CODE.APP_CANNOT_CONTACT]:
    "api forbidden for this app, please check the 可调用接口的应用",
  [CODE.GROUP_DISSOLVED]: "group chat dissolved",
  [CODE.MEMBER_OUT_OF_SCOPE]: "user not in app range",
  [CODE.OUT_OF_SCOPE]: "no privilege to access/modify contact/party/agent",
  [CODE.IP_NOT_TRUSTED]: "not allow to access from your ip",
  [CODE.MEMBER_LEFT]: "userid not found",
  [CODE.DOMAIN_NOT_TRUSTED]: "not match any reliable domain",
  [CODE.RECEIVERS_INVALID]: "user & party & tag all invalid",
  [CODE.TOO_MANY_OWNERS]:
    "number of owner exceed the limit, please use owner_filter",
  [CODE.NO_RELATION]: "no external contact relation",
  [CODE.NO_CONTACT_RIGHT]: "no permission of external contact",
  [CODE.OWNER_NOT_DEPARTED]: "owner of the chat has not resigned",
  [CODE.NOT_CUSTOMER_GROUP]: "chat is not an external group chat",
  [CODE.OWNER_DEPARTED]: "owner of the chat has resigned",
  [CODE.SAME_OWNER]: "owner of the chat unchanged",
  [CODE.GROUP_IN_TRANSFER]: "chat is being transferred",
  [CODE.GROUP_TRANSFERRED]: "chat has been transferred",
  [CODE.FOREIGN_AGENT]: "not allow to access this agent by this token",
};

/** What an endpoint throws to answer with `errcode`. */
export class QyError extends Error {
  readonly errcode: number;

  constructor(errcode: number, errmsg?: string) {
    super(errmsg ?? TEXT[errcode] ?? "unknown error");
    this.name = "QyError";
    this.errcode = errcode;
  }
}

/** The bare text of a code, for the console. */
export function errorText(errcode: number): string {
  return TEXT[errcode] ?? "unknown error";
}

/** The text as sent, with the hint and the caller's IP that WeCom appends. */
export function wireMessage(error: QyError, hint: string, ip: string): string {
  return `${error.message}, hint: [${hint}], from ip: ${ip}, ` +
    `more info at https://open.work.weixin.qq.com/devtool/query?e=${error.errcode}`;
}
