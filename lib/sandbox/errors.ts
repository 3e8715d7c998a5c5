/**
 * qyapi's error codes with texts of the shape it sends. An error is HTTP 200
 * with `errcode` ≠ 0 and the endpoint's empty default fields; the text is not a
 * stable interface (document 90313), so nothing may depend on it except the
 * egress IP that 60020 names.
 */

const TEXT: Readonly<Record<number, string>> = {
  [-1]: "system busy",
  0: "ok",
  40001: "invalid credential",
  40003: "invalid UserID",
  40013: "invalid corpid",
  40014: "invalid access_token",
  40029: "invalid code",
  40050: "invalid chatid",
  40056: "invalid agentid",
  40058: "invalid Request Parameter",
  40063: "some parameters are empty",
  40093: "invalid jsapi signature",
  40096: "invalid external userid",
  40128: "transferred too often",
  41001: "access_token missing",
  41002: "corpid missing",
  41004: "corpsecret missing",
  41008: "missing code",
  41050: "invalid welcome code",
  41051: "chat already begun",
  42001: "access_token expired",
  42003: "code expired",
  42012: "wrong type of jsapi_ticket",
  44001: "empty media data",
  45009: "api freq out of limit",
  45033: "api concurrent out of limit",
  45035: "concurrent conflict",
  47001: "data format error",
  48002: "api forbidden for this app, please check the 可调用接口的应用",
  49008: "group chat dissolved",
  50002: "user not in app range",
  60011: "no privilege to access/modify contact/party/agent",
  60020: "not allow to access from your ip",
  60111: "userid not found",
  80001: "not match any reliable domain",
  81013: "user & party & tag all invalid",
  81017: "number of owner exceed the limit, please use owner_filter",
  84061: "no external contact relation",
  84074: "no permission of external contact",
  90500: "owner of the chat has not resigned",
  90501: "chat is not an external group chat",
  90502: "owner of the chat has resigned",
  90504: "owner of the chat unchanged",
  90507: "chat is being transferred",
  90508: "chat has been transferred",
  301002: "not allow to access this agent by this token",
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
