/** From outside: what WeCom and a phone reach under `PUBLIC_ORIGIN`. */
import { createCallbackCrypto } from "../wecom/callback/crypto.ts";
import { ADMIN, type Check, failed, ok, unknown, warning } from "./check.ts";
import type { DoctorParts } from "./parts.ts";

type Outside = Check<DoctorParts>;

const PATIENCE_MS = 6_000;

async function get(
  { fetch, config }: DoctorParts,
  path: string,
): Promise<{ status: number; text: string } | null> {
  try {
    const response = await fetch(config.publicOrigin + path, {
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { status: response.status, text: (await response.text()).trim() };
  } catch {
    return null;
  }
}

const origin: Outside = {
  name: "public-origin",
  title: "PUBLIC_ORIGIN 能打开",
  async run(parts) {
    const { publicOrigin } = parts.config;
    const answer = await get(parts, "/healthz");
    if (!answer) {
      return failed(
        `从这台机器打不开 ${publicOrigin}：请检查服务是否在运行、域名解析、证书和代理`,
      );
    }
    return answer.status === 200
      ? ok(publicOrigin)
      : failed(`${publicOrigin}/healthz 返回 ${answer.status}，不是这个程序`);
  },
};

const proof: Outside = {
  name: "proof-file",
  title: "域名归属的校验文件",
  document: "90514",
  async run(parts) {
    const files = [...parts.config.wwVerify];
    if (files.length === 0) {
      return parts.config.mode === "sandbox" ? ok("沙箱不需要") : warning(
        "没有设置 WW_VERIFY：如果域名还没有通过校验，请先下载校验文件",
        {
          place: "应用管理 → 自建应用 → 网页授权及JS-SDK → 申请校验域名",
          who: ADMIN,
        },
      );
    }
    for (const [name, content] of files) {
      const answer = await get(parts, `/${name}`);
      if (answer?.status !== 200 || answer.text !== content.trim()) {
        return failed(
          `${parts.config.publicOrigin}/${name} 的内容和 WW_VERIFY 不同`,
          { place: "应用管理 → 自建应用 → 网页授权及JS-SDK → 申请校验域名" },
        );
      }
    }
    return ok(files.map(([name]) => name).join("、"));
  },
};

const callback: Outside = {
  name: "callback",
  title: "接收消息的 URL",
  document: "90930",
  async run(parts) {
    const { wecom, publicOrigin } = parts.config;
    const place = "应用管理 → 自建应用 → 接收消息 → 设置API接收";
    if (parts.config.mode === "sandbox") return ok("沙箱不需要");
    if (!wecom.callback) {
      return failed("没有设置 WECOM_CALLBACK_TOKEN 和 WECOM_CALLBACK_AES_KEY", {
        place,
      });
    }
    const { token, aesKey } = wecom.callback;
    const crypto_ = createCallbackCrypto({
      token,
      aesKey,
      receiveId: wecom.corpId,
    });
    // As WeCom does when the URL is saved.
    const echo = crypto.randomUUID();
    const sealed = crypto_.seal(echo, {
      timestamp: String(Math.floor(parts.now() / 1_000)),
      nonce: crypto.randomUUID().slice(0, 8),
    });
    const query = new URLSearchParams({
      msg_signature: sealed.signature,
      timestamp: sealed.timestamp,
      nonce: sealed.nonce,
      echostr: sealed.encrypt,
    });
    const answer = await get(parts, `/api/wecom/callback?${query}`);
    if (!answer) return unknown(`打不开 ${publicOrigin}，见「public-origin」`);
    return answer.status === 200 && answer.text === echo
      ? ok(`${publicOrigin}/api/wecom/callback`)
      : failed(
        `${publicOrigin}/api/wecom/callback 没有正确回应验证（${answer.status}）：那里运行的程序用着另一组 Token 或 EncodingAESKey`,
        { place },
      );
  },
};

export const PUBLIC: readonly Outside[] = [origin, proof, callback];
