/** The configuration that the program works with, made of checked variables. */
import type { Proxies } from "../http/client_address.ts";
import { list } from "./lists.ts";
import type { LocalSecret } from "./local_secrets.ts";
import { isSandbox, SANDBOX_CORP_ID } from "./mode.ts";
import { Secret } from "./secret.ts";
import { isLoopback, originOf } from "./values.ts";
import type { Variables } from "./variables.ts";

export interface Config {
  /** `sandbox`: the simulated company (`mode.ts` says when). */
  mode: "sandbox" | "wecom";
  onDenoDeploy: boolean;
  /** Address to listen on. */
  host: string;
  port: number;
  /** Scheme, host and port without a trailing slash: what WeCom sees. */
  publicOrigin: string;
  /** null: PGlite in `dataDir`. */
  databaseUrl: Secret | null;
  /** A hot standby of it, for lists and searches of everything; null: none. */
  replicaUrl: Secret | null;
  cacheStore: "kv" | "postgres";
  dataDir: string;
  /** undefined: the platform's own KV. */
  kvPath: string | undefined;
  wecom: {
    corpId: string;
    agentId: string;
    secret: Secret;
    apiBase: string;
    /** Requests to `apiBase`, a relay, are signed by it. */
    relaySecret: Secret | null;
    oauthBase: string;
    ssoBase: string;
    callback: { token: Secret; aesKey: Secret } | null;
  };
  sessionSecret: Secret;
  /** What was sealed with the secret before is read, too. */
  sessionSecretPrevious: Secret | null;
  dataKey: Secret;
  dataKeyPrevious: Secret | null;
  adminUserIds: ReadonlySet<string>;
  /** The proxies in front of the app, which tell the client's address. */
  proxies: Proxies;
  erp: {
    inboundToken: Secret | null;
    runFlow: { url: Secret; token: Secret | null; flowId: string } | null;
  };
  /** Foreign flowId → the name of one of our flows. */
  flowAliases: Readonly<Record<string, string>>;
  groupNameTemplate: string;
  /** IANA name: of times that tell none. */
  timeZone: string;
  /** Domain proof files, name → content. */
  wwVerify: ReadonlyMap<string, string>;
}

const OFFICIAL = {
  WECOM_API_BASE: "https://qyapi.weixin.qq.com",
  WECOM_OAUTH_BASE: "https://open.weixin.qq.com",
  WECOM_SSO_BASE: "https://login.work.weixin.qq.com",
};

/** `local`: the keys of the sandbox, where variables bring none. */
export function assemble(v: Variables, local: LocalSecret): Config {
  const sandbox = isSandbox(v);
  // The variables of a real app are not the simulated one's.
  const app: Partial<Variables> = sandbox ? {} : v;
  const publicOrigin = originOf(v) ?? `http://localhost:${v.PORT}`;
  const onDenoDeploy = v.DENO_DEPLOY !== undefined;
  const secret = (name: "SESSION_SECRET" | "DATA_KEY") =>
    v[name] ? new Secret(v[name]) : local(v.DATA_DIR, name);
  const optional = (value: string | undefined) =>
    value === undefined ? null : new Secret(value);
  return {
    mode: sandbox ? "sandbox" : "wecom",
    onDenoDeploy,
    host: v.HOST ?? hostFor(publicOrigin),
    port: v.PORT,
    publicOrigin,
    databaseUrl: v.DATABASE_URL ? new Secret(v.DATABASE_URL) : null,
    replicaUrl: v.DATABASE_REPLICA_URL
      ? new Secret(v.DATABASE_REPLICA_URL)
      : null,
    cacheStore: v.CACHE_STORE,
    dataDir: v.DATA_DIR,
    kvPath: v.KV_PATH ??
      (onDenoDeploy ? undefined : `${v.DATA_DIR}/kv.sqlite3`),
    wecom: {
      corpId: app.WECOM_CORP_ID ?? SANDBOX_CORP_ID,
      agentId: app.WECOM_AGENT_ID ?? "1000002",
      secret: new Secret(app.WECOM_SECRET ?? "sandbox-secret"),
      apiBase: app.WECOM_API_BASE ?? OFFICIAL.WECOM_API_BASE,
      relaySecret: optional(app.RELAY_SECRET),
      oauthBase: app.WECOM_OAUTH_BASE ??
        (sandbox ? `${publicOrigin}/sandbox` : OFFICIAL.WECOM_OAUTH_BASE),
      ssoBase: app.WECOM_SSO_BASE ??
        (sandbox ? `${publicOrigin}/sandbox` : OFFICIAL.WECOM_SSO_BASE),
      callback: v.WECOM_CALLBACK_TOKEN && v.WECOM_CALLBACK_AES_KEY
        ? {
          token: new Secret(v.WECOM_CALLBACK_TOKEN),
          aesKey: new Secret(v.WECOM_CALLBACK_AES_KEY),
        }
        : null,
    },
    sessionSecret: secret("SESSION_SECRET"),
    sessionSecretPrevious: optional(v.SESSION_SECRET_PREVIOUS),
    dataKey: secret("DATA_KEY"),
    dataKeyPrevious: optional(v.DATA_KEY_PREVIOUS),
    adminUserIds: new Set(list(v.ADMIN_USERIDS)),
    proxies: { trusted: list(v.TRUSTED_PROXIES), header: v.PROXY_HEADER },
    erp: {
      inboundToken: v.ERP_INBOUND_TOKEN
        ? new Secret(v.ERP_INBOUND_TOKEN)
        : null,
      runFlow: v.ERP_RUNFLOW_URL && v.ERP_FLOW_ORDER
        ? {
          url: new Secret(v.ERP_RUNFLOW_URL),
          token: v.ERP_TOKEN ? new Secret(v.ERP_TOKEN) : null,
          flowId: v.ERP_FLOW_ORDER,
        }
        : null,
    },
    flowAliases: v.FLOW_ALIASES ?? {},
    groupNameTemplate: v.GROUP_NAME_TEMPLATE,
    timeZone: v.TIME_ZONE,
    wwVerify: new Map(
      list(v.WW_VERIFY).map((entry) => {
        const at = entry.indexOf("=");
        return [entry.slice(0, at), entry.slice(at + 1)];
      }),
    ),
  };
}

/** Whoever opens it on this machine only needs no one else let in. */
function hostFor(publicOrigin: string): string {
  const { hostname } = new URL(publicOrigin);
  if (hostname === "[::1]") return "::1";
  return isLoopback(hostname) ? "127.0.0.1" : "0.0.0.0";
}
