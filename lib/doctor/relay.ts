/**
 * The forwarding service between the app and WeCom. WeCom's client has an HTTP
 * status from it and no more; here it is asked for its word. What is asked is
 * signed as ever, over another body than the one that is sent: where all else is
 * right the answer is `body`, and nothing goes on to WeCom.
 */
import { sign } from "../relay/signature.ts";
import { ENDPOINTS, pathOf } from "../wecom/mod.ts";
import { type Check, failed, type Finding, ok, unknown } from "./check.ts";
import type { DoctorParts } from "./parts.ts";

const PATIENCE_MS = 5_000;
const OFFICIAL = "qyapi.weixin.qq.com";

const APP_SIDE = "应用的主机";
const RELAY_SIDE = "转发服务的主机";
const PROXY = "转发服务前面的代理（Nginx、Caddy）";

interface Heard {
  status: number;
  /** Why it refused; null: it is no word of the relay. */
  word: string | null;
  skewMs: number;
}

export const relay: Check<DoctorParts> = {
  name: "relay",
  title: "转发服务",
  async run(parts) {
    const { config } = parts;
    const { apiBase, relaySecret } = config.wecom;
    if (config.mode === "sandbox") return ok("沙箱不需要");
    if (!relaySecret) return await withoutKey(parts);
    const [first, ...others] = ENDPOINTS.map((one) => ({
      method: one.method,
      url: apiBase + pathOf(one),
    }));
    if (!first) throw new Error("No endpoints");
    const heard = await probe(parts, first);
    if (heard === null) return away(apiBase);
    if (heard.word !== "body") return faultOf(heard);
    const rest = await Promise.all(others.map((one) => probe(parts, one)));
    const strange = rest.filter((one) => one?.word === "not_listed").length;
    return strange === 0 ? ok("密钥、时钟和接口清单都对") : failed(
      `转发服务不认识应用要用的 ${strange} 个接口：它的版本比应用旧`,
      { place: `${RELAY_SIDE}：升级到和应用同一版本，再重启` },
    );
  },
};

/** Whether what is taken for WeCom is a relay, which wants signatures. */
async function withoutKey(parts: DoctorParts): Promise<Finding> {
  const { apiBase } = parts.config.wecom;
  if (new URL(apiBase).hostname === OFFICIAL) return ok("没有使用");
  // Of no endpoint: WeCom itself knows no such path, a relay says `not_listed`.
  const url = `${apiBase}/cgi-bin/doctor`;
  const heard = await ask(parts, url, { method: "GET" });
  if (heard === null) return away(apiBase);
  return heard.word === "not_listed"
    ? failed(
      "WECOM_API_BASE 是转发服务，应用却没有签名的密钥：它拒绝所有的调用（query）",
      {
        place:
          `${APP_SIDE}：环境变量 RELAY_SECRET，和${RELAY_SIDE}的 RELAY_SECRET 相同`,
      },
    )
    : ok("没有使用签名的转发服务");
}

async function probe(
  parts: DoctorParts,
  { method, url }: { method: string; url: string },
): Promise<Heard | null> {
  const { config: { wecom: { relaySecret } }, now } = parts;
  if (!relaySecret) return null;
  const body = new TextEncoder().encode("doctor");
  const signed = { method, url, query: "doctor=1", body };
  const headers = await sign(relaySecret, signed, now());
  return await ask(parts, url, { method, headers });
}

/** null: nobody answered. */
async function ask(
  { fetch, now }: DoctorParts,
  url: string,
  init: RequestInit,
): Promise<Heard | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(url, { ...init, redirect: "manual", signal });
    const told = Date.parse(answer.headers.get("date") ?? "");
    const text = await answer.text();
    return {
      status: answer.status,
      word: answer.ok ? null : wordIn(text),
      skewMs: Number.isNaN(told) ? 0 : now() - told,
    };
  } catch {
    return null;
  }
}

function wordIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) ?? {};
    return typeof error === "string" && /^[a-z_]{1,20}$/.test(error)
      ? error
      : null;
  } catch {
    return null;
  }
}

function away(apiBase: string): Finding {
  return failed(`连不上 WECOM_API_BASE（${apiBase}）`, {
    place:
      `${RELAY_SIDE}：服务是否在运行、域名、证书和防火墙；${APP_SIDE}：环境变量 WECOM_API_BASE`,
  });
}

function faultOf({ status, word, skewMs }: Heard): Finding {
  const told = (cause: string, place: string) =>
    failed(`${cause}（${word ?? status}）`, { place });
  switch (word) {
    case "key":
      return told(
        "转发服务没有应用签名用的密钥：两边的 RELAY_SECRET 不同",
        `${APP_SIDE}和${RELAY_SIDE}：环境变量 RELAY_SECRET 设成相同的，再重启；更换密钥时，旧的放在${RELAY_SIDE}的 RELAY_SECRET_PREVIOUS`,
      );
    case "expired":
      return told(
        `应用的时钟和转发服务的不一致，${clocks(skewMs)}`,
        `${APP_SIDE}和${RELAY_SIDE}：开启时间同步（NTP）`,
      );
    case "unsigned":
      return told(
        "签名没有完整地到达转发服务，或两边的版本不同",
        `${PROXY}：保留请求头 Signature、Signature-Input、Content-Digest 和 X-Wecom-Query；${RELAY_SIDE}：升级到和应用同一版本`,
      );
    case "signature":
      return told(
        "签名的内容在路上被改过",
        `${PROXY}：不改路径、方法和请求头；${APP_SIDE}：环境变量 WECOM_API_BASE 后面不带路径`,
      );
    case "query":
      return told(
        "到达转发服务的地址里有参数，应用没有写它们",
        `${PROXY}：不在地址后面加参数`,
      );
    case "not_listed":
      return told(
        "转发服务不认识应用要用的接口：它的版本比应用旧，或地址多了路径",
        `${RELAY_SIDE}：升级到和应用同一版本；${APP_SIDE}：环境变量 WECOM_API_BASE 后面不带路径`,
      );
    case "too_early":
      return unknown(
        "转发服务刚刚启动：请过几秒再看。一直这样，就是应用的时钟慢了",
      );
    case "busy":
    case "rate":
      return unknown("转发服务正忙：请过一会儿再看");
    default:
      return told(
        "WECOM_API_BASE 那里回答的不是转发服务",
        `${APP_SIDE}：环境变量 WECOM_API_BASE 和 RELAY_SECRET；${PROXY}`,
      );
  }
}

function clocks(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  return `应用${skewMs > 0 ? "快" : "慢"} ${seconds} 秒`;
}
