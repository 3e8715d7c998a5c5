/**
 * What each WeCom error code means for a person: the cause, where in the admin console (管理后台) it
 * is mended and by whom. One table feeds the errors of the API, the doctor and the documentation.
 * Codes and meanings follow the global error code page (90313); the text of `errmsg` is not stable
 * and is never branched on. A code that is not listed is treated as an outage.
 */

/**
 * What a caller can do: mend the configuration, try again, accept that the thing is gone, accept
 * that this person may not, or mend our program.
 */
export type Remedy = "config" | "retry" | "gone" | "denied" | "bug";

/** The names under which WeCom failures surface in our own HTTP API. */
export type WecomErrorName =
  | "WECOM_CREDENTIALS_INVALID"
  | "WECOM_IP_NOT_TRUSTED"
  | "NO_CUSTOMER_CONTACT_PERMISSION"
  | "RATE_LIMITED"
  | "UNAUTHENTICATED"
  | "WECOM_UNAVAILABLE";

export type Mender =
  | "企业微信管理员"
  | "部署运维"
  | "开发者"
  | "本人"
  | "无需处理";

export interface RemedyRow {
  readonly code: number;
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
const SCOPE = `${APP} → 可见范围`;
const SECRET =
  `${APP} → Secret（对应变量 WECOM_CORP_ID、WECOM_AGENT_ID、WECOM_SECRET）`;
const CALLABLE = "客户与上下游 → 客户联系 → API → 可调用接口的应用";
const CONTACT_RANGE = "客户与上下游 → 客户联系 → 权限配置 → 使用范围";
const TRUSTED_DOMAIN = `${APP} → 网页授权及JS-SDK → 可信域名`;
const TRUSTED_IP = `${APP} → 企业可信IP（须先设置可信域名或接收消息服务器URL）`;

const ADMIN = "企业微信管理员";
const OPS = "部署运维";
const DEVELOPER = "开发者";
const SELF = "本人";
const NOBODY = "无需处理";

type Tail = readonly [place: string | null, who: Mender];

function row(
  code: number,
  remedy: Remedy,
  errorName: WecomErrorName,
  cause: string,
  [place, who]: Tail,
  retryAfterSeconds?: number,
): RemedyRow {
  const base = { code, remedy, errorName, cause, place, who };
  return retryAfterSeconds === undefined
    ? base
    : { ...base, retryAfterSeconds };
}

/** Sorted by code. */
export const REMEDIES: readonly RemedyRow[] = [
  row(-1, "retry", "WECOM_UNAVAILABLE", "企业微信系统繁忙", [null, NOBODY], 5),
  row(
    40001,
    "config",
    "WECOM_CREDENTIALS_INVALID",
    "应用 Secret 不正确或应用已停用",
    [SECRET, OPS],
  ),
  row(40003, "gone", "WECOM_UNAVAILABLE", "成员账号无效或已离开企业", [
    "通讯录",
    ADMIN,
  ]),
  row(40013, "config", "WECOM_CREDENTIALS_INVALID", "企业 ID 不正确", [
    "我的企业 → 企业信息 → 企业ID",
    OPS,
  ]),
  row(40014, "retry", "WECOM_UNAVAILABLE", "访问凭证已失效", [null, NOBODY], 5),
  row(40029, "retry", "UNAUTHENTICATED", "登录码无效，请重新进入页面", [
    null,
    SELF,
  ]),
  row(40050, "gone", "WECOM_UNAVAILABLE", "群不存在或群主不在应用可见范围", [
    SCOPE,
    ADMIN,
  ]),
  row(40056, "config", "WECOM_CREDENTIALS_INVALID", "应用 AgentId 不正确", [
    SECRET,
    OPS,
  ]),
  row(40058, "bug", "WECOM_UNAVAILABLE", "请求参数不被企业微信接受", [
    null,
    DEVELOPER,
  ]),
  row(40063, "bug", "WECOM_UNAVAILABLE", "请求参数为空", [null, DEVELOPER]),
  row(40093, "config", "WECOM_UNAVAILABLE", "页面签名不正确", [
    TRUSTED_DOMAIN,
    OPS,
  ]),
  row(
    40096,
    "gone",
    "WECOM_UNAVAILABLE",
    "客户不属于本企业，或其跟进人不在应用可见范围",
    [SCOPE, ADMIN],
  ),
  row(41001, "bug", "WECOM_UNAVAILABLE", "请求缺少访问凭证", [null, DEVELOPER]),
  row(41004, "config", "WECOM_CREDENTIALS_INVALID", "请求缺少 Secret", [
    SECRET,
    OPS,
  ]),
  row(42001, "retry", "WECOM_UNAVAILABLE", "访问凭证已过期", [null, NOBODY], 5),
  row(42003, "retry", "UNAUTHENTICATED", "登录码已过期，请重新进入页面", [
    null,
    SELF,
  ]),
  row(42012, "bug", "WECOM_UNAVAILABLE", "页面签名用错了凭证", [
    null,
    DEVELOPER,
  ]),
  row(42022, "retry", "UNAUTHENTICATED", "登录码已使用过，请重新进入页面", [
    null,
    SELF,
  ]),
  row(
    45009,
    "retry",
    "RATE_LIMITED",
    "接口调用超过频率限制",
    [null, NOBODY],
    60,
  ),
  row(45033, "retry", "RATE_LIMITED", "接口并发超过限制", [null, NOBODY], 5),
  row(
    45035,
    "retry",
    "WECOM_UNAVAILABLE",
    "企业微信正在处理同一对象的其他请求",
    [null, NOBODY],
    5,
  ),
  row(
    48002,
    "config",
    "NO_CUSTOMER_CONTACT_PERMISSION",
    "应用没有客户联系接口的权限",
    [CALLABLE, ADMIN],
  ),
  row(49008, "gone", "WECOM_UNAVAILABLE", "群已解散", [null, NOBODY]),
  row(50001, "config", "WECOM_UNAVAILABLE", "页面域名不是应用的可信域名", [
    TRUSTED_DOMAIN,
    ADMIN,
  ]),
  row(
    50002,
    "denied",
    "NO_CUSTOMER_CONTACT_PERMISSION",
    "成员不在应用可见范围",
    [SCOPE, ADMIN],
  ),
  row(50003, "config", "WECOM_CREDENTIALS_INVALID", "应用已停用", [
    `${APP} → 启用应用`,
    ADMIN,
  ]),
  row(
    60011,
    "denied",
    "NO_CUSTOMER_CONTACT_PERMISSION",
    "成员或部门不在应用可见范围",
    [SCOPE, ADMIN],
  ),
  row(
    60020,
    "config",
    "WECOM_IP_NOT_TRUSTED",
    "服务器出口 IP 不在企业可信IP中",
    [TRUSTED_IP, ADMIN],
  ),
  row(60111, "gone", "WECOM_UNAVAILABLE", "成员不存在或已离开企业", [
    "通讯录",
    ADMIN,
  ]),
  row(
    80001,
    "config",
    "WECOM_UNAVAILABLE",
    "页面域名未校验、未备案或主体不符",
    [TRUSTED_DOMAIN, ADMIN],
  ),
  row(81017, "bug", "WECOM_UNAVAILABLE", "可见成员过多，须按群主查询", [
    null,
    DEVELOPER,
  ]),
  row(84061, "gone", "WECOM_UNAVAILABLE", "成员与该客户不是联系人关系", [
    null,
    SELF,
  ]),
  row(
    84074,
    "denied",
    "NO_CUSTOMER_CONTACT_PERMISSION",
    "成员没有客户联系权限",
    [CONTACT_RANGE, ADMIN],
  ),
  row(90501, "gone", "WECOM_UNAVAILABLE", "该群不是客户群", [null, NOBODY]),
  row(301002, "config", "WECOM_CREDENTIALS_INVALID", "访问凭证与应用不匹配", [
    SECRET,
    OPS,
  ]),
  row(
    701008,
    "config",
    "NO_CUSTOMER_CONTACT_PERMISSION",
    "成员没有互通许可；请使用自建应用",
    [APP, ADMIN],
  ),
];

const BY_CODE: ReadonlyMap<number, RemedyRow> = new Map(
  REMEDIES.map((r) => [r.code, r]),
);

/** For a code nobody has listed: treated as an outage, so that the caller may try again. */
export function remedyFor(errcode: number): RemedyRow {
  return BY_CODE.get(errcode) ??
    row(errcode, "retry", "WECOM_UNAVAILABLE", `企业微信返回错误 ${errcode}`, [
      null,
      OPS,
    ], 5);
}

/** One Chinese sentence or two: the cause, and then who mends it and where. */
export function adviceFor(entry: RemedyRow, ip: string | null = null): string {
  const cause = ip === null ? entry.cause : `${entry.cause}（IP ${ip}）`;
  if (entry.who === NOBODY) {
    return entry.remedy === "retry" ? `${cause}，请稍后重试。` : `${cause}。`;
  }
  if (entry.place !== null) {
    return `${cause}。请${entry.who}到「${entry.place}」处理。`;
  }
  return entry.who === SELF ? `${cause}。` : `${cause}。请联系${entry.who}。`;
}
