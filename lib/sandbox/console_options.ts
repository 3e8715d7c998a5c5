/**
 * The choices the console offers: what the simulated client may do instead of
 * working, and ready-made faults of the API.
 */
import { type FaultKind, faultName } from "./faults.ts";
import type { ClientOutcome } from "./world.ts";
import { CODE } from "../wecom/codes/mod.ts";

export const OUTCOMES: Readonly<Record<ClientOutcome, string>> = {
  normal: "正常",
  cancel: "员工总是取消",
  refuse: "客户端说没有权限",
  hang: "永远没有回音",
  no_chat_id: "建成但不给群号",
  one_to_one: "只有两个人时打开单聊",
  kill: "建成后网页被关掉",
};

/** Ready-made faults, by the name on the button. */
export const PRESETS: Readonly<
  Record<string, { text: string; kind: FaultKind }>
> = {
  busy: { text: "系统繁忙 -1", kind: { type: "errcode", errcode: CODE.BUSY } },
  limited: {
    text: "频率超限 45009",
    kind: { type: "errcode", errcode: CODE.RATE_LIMITED },
  },
  crowded: {
    text: "并发超限 45033",
    kind: { type: "errcode", errcode: CODE.TOO_MANY_PARALLEL },
  },
  ip: {
    text: "IP 不可信 60020",
    kind: { type: "errcode", errcode: CODE.IP_NOT_TRUSTED },
  },
  secret: {
    text: "密钥失效 40001",
    kind: { type: "errcode", errcode: CODE.BAD_SECRET },
  },
  gateway: { text: "HTTP 502", kind: { type: "http", status: 502 } },
  garbage: { text: "乱码", kind: { type: "garbage" } },
  odd: {
    text: "名字里有控制字符",
    kind: { type: "odd", oddity: "raw control character" },
  },
  slow: { text: "慢 5 秒", kind: { type: "slow", ms: 5000 } },
  hang: { text: "不回答", kind: { type: "hang" } },
  close: { text: "连接断开", kind: { type: "close" } },
};

/** As the button says that made it. */
export function faultText(kind: FaultKind): string {
  const same = JSON.stringify(kind);
  const preset = Object.values(PRESETS).find((one) =>
    JSON.stringify(one.kind) === same
  );
  return preset?.text ?? faultName(kind);
}
