/** Credentials, rights and scope: what only WeCom can tell, by asking it. */
import { isSameUser, userKey } from "../staff/user_id.ts";
import { worksHere } from "../staff/works_here.ts";
import {
  batchGetByUser,
  getAgent,
  getCallbackIps,
  getFollowUserList,
  listGroupChats,
} from "../wecom/mod.ts";
import {
  ADMIN,
  type Check,
  failed,
  ok,
  Skipped,
  unknown,
  warning,
} from "./check.ts";
import type { DoctorParts } from "./parts.ts";

type Theirs = Check<DoctorParts>;

const APP = "应用管理 → 自建应用";
const CONTACT = "客户与上下游 → 客户联系";
/** More ids than a person reads. */
const NAMED = 10;
const SKEW_MS = 60_000;

const credentials: Theirs = {
  name: "credentials",
  title: "企业 ID 和应用 Secret",
  document: "91039",
  async run({ wecom }) {
    await wecom.ready();
    return ok("可以取得 access_token");
  },
};

const trustedIp: Theirs = {
  name: "trusted-ip",
  title: "企业可信IP",
  document: "90664",
  async run({ wecom, config }) {
    await wecom.call(getCallbackIps, undefined);
    return ok(config.wecom.relaySecret ? "通过转发服务可以调用" : "可以调用");
  },
};

const agent: Theirs = {
  name: "agent",
  title: "应用 AgentId、启用和可见范围",
  document: "90227",
  async run({ wecom, config }) {
    const { agentId } = config.wecom;
    const info = await wecom.call(getAgent, { agentId });
    if (info.isClosed) {
      return failed("应用已停用", { place: `${APP} → 启用应用`, who: ADMIN });
    }
    return info.users.length === 0 && !info.hasDepartments
      ? failed("应用的可见范围是空的", {
        place: `${APP} → 可见范围`,
        who: ADMIN,
      })
      : ok("已启用");
  },
};

const trustedDomain: Theirs = {
  name: "trusted-domain",
  title: "可信域名就是 PUBLIC_ORIGIN",
  document: "90514",
  async run({ wecom, config }) {
    const { agentId } = config.wecom;
    const { trustedDomain } = await wecom.call(getAgent, { agentId });
    const { host, hostname } = new URL(config.publicOrigin);
    const place = `${APP} → 网页授权及JS-SDK → 可信域名`;
    if (trustedDomain === "") {
      return failed(`没有设置可信域名，应为 ${host}`, { place, who: ADMIN });
    }
    const typed = trustedDomain.toLowerCase().replace(
      /^https?:\/\/|\/.*$/g,
      "",
    );
    return typed === host || typed === hostname
      ? ok(typed)
      : failed(`可信域名是 ${typed}，PUBLIC_ORIGIN 的域名是 ${host}`, {
        place,
        who: ADMIN,
      });
  },
};

const tickets: Theirs = {
  name: "tickets",
  title: "两种 JS-SDK 票据",
  document: "90506",
  async run({ wecom }) {
    await Promise.all([wecom.ticket("corp"), wecom.ticket("agent")]);
    return ok("企业和应用的票据都能取得");
  },
};

const callable: Theirs = {
  name: "callable",
  title: "可调用接口的应用、客户联系的使用范围",
  document: "92571",
  async run({ wecom }) {
    const { wxUserIds } = await wecom.call(getFollowUserList, undefined);
    return wxUserIds.length === 0
      ? failed("没有一位成员有客户联系权限，或都不在应用的可见范围内", {
        place: `${CONTACT} → 权限配置 → 使用范围`,
        who: ADMIN,
      })
      : ok(`${wxUserIds.length} 位成员可以使用客户联系`);
  },
};

const scope: Theirs = {
  name: "staff-scope",
  title: "员工都有客户联系权限",
  document: "92571",
  async run({ wecom, sql: open }) {
    const sql = await open();
    const [{ wxUserIds }, staff] = await Promise.all([
      wecom.call(getFollowUserList, undefined),
      sql<{ wxUserId: string }[]>`
        select wx_user_id from staff
        where ${worksHere(sql)} and role in ('designer', 'project_manager')`,
    ]);
    const able = new Set(wxUserIds.map(userKey));
    const without = staff.map((one) => one.wxUserId)
      .filter((id) => !able.has(userKey(id)));
    if (without.length === 0) return ok(`${staff.length} 位设计师和项目经理`);
    const more = without.length > NAMED ? " …" : "";
    return warning(
      `${without.length} 位设计师或项目经理没有客户联系权限，或不在应用的可见范围内`,
      {
        place: `${CONTACT} → 权限配置 → 使用范围；${APP} → 可见范围`,
        who: ADMIN,
        detail: without.slice(0, NAMED).join("、") + more,
      },
    );
  },
};

/** Somebody to ask about. */
async function somebody({ wecom }: DoctorParts): Promise<string> {
  const { wxUserIds: [first] } = await wecom.call(getFollowUserList, undefined);
  if (first === undefined) throw new Skipped("没有可以查询的成员");
  return first;
}

const contacts: Theirs = {
  name: "contacts",
  title: "批量读取客户",
  document: "92994",
  async run(parts) {
    const wxUserIds = [await somebody(parts)];
    await parts.wecom.call(batchGetByUser, { wxUserIds, limit: 1 });
    return ok("可以读取");
  },
};

const groups: Theirs = {
  name: "groups",
  title: "读取客户群",
  document: "92120",
  async run(parts) {
    const ownerWxUserIds = [await somebody(parts)];
    await parts.wecom.call(listGroupChats, { ownerWxUserIds, limit: 1 });
    return ok("可以读取");
  },
};

const admins: Theirs = {
  name: "admins",
  title: "ADMIN_USERIDS 里的人在企业里",
  async run({ wecom, config, sql: open }) {
    const ids = [...config.adminUserIds];
    if (ids.length === 0) return ok("没有设置，管理员由 ERP 推送");
    const sql = await open();
    const [{ wxUserIds }, staff] = await Promise.all([
      wecom.call(getFollowUserList, undefined),
      sql<{ wxUserId: string }[]>`select wx_user_id from staff`,
    ]);
    const known = [...wxUserIds, ...staff.map((one) => one.wxUserId)];
    const strangers = ids.filter((id) =>
      !known.some((one) => isSameUser(one, id))
    );
    return strangers.length === 0
      ? ok(`${ids.length} 位`)
      : warning(`${strangers.length} 个账号在企业里查不到，可能拼错了`, {
        detail: strangers.join("、"),
      });
  },
};

const clock: Theirs = {
  name: "clock",
  title: "服务器时钟",
  async run({ fetch, config, now }) {
    if (config.mode === "sandbox") return ok("沙箱用本机的时钟");
    const response = await fetch(`${config.wecom.apiBase}/`, {
      redirect: "manual",
      signal: AbortSignal.timeout(5_000),
    }).catch(() => null);
    if (!response) return unknown("连不上企业微信，没有时间可以比较");
    await response.body?.cancel();
    const told = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(told)) return unknown("对方没有告诉时间");
    const skewMs = Math.abs(now() - told);
    return skewMs > SKEW_MS
      ? failed(
        `和企业微信相差 ${Math.round(skewMs / 1_000)} 秒：请开启时间同步`,
      )
      : ok("一致");
  },
};

const quota: Theirs = {
  name: "quota",
  title: "外部联系人额度",
  document: "90313",
  run: () =>
    Promise.resolve(
      unknown(
        "接口查不到。额度用完时添加客户失败（610023），请在「客户与上下游 → 客户联系」里看剩余额度",
      ),
    ),
};

export const COMPANY: readonly Theirs[] = [
  credentials,
  trustedIp,
  agent,
  trustedDomain,
  tickets,
  callable,
  scope,
  contacts,
  groups,
  admins,
  clock,
  quota,
];
