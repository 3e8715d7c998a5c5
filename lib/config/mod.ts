/**
 * The configuration: the only reader of the environment. Everything is read
 * and checked together, so that one error lists every bad variable by name and
 * never shows a value. On Deno Deploy a warm-up may load modules with other
 * variables, so this runs on first use, not on import.
 */
import { z } from "zod";
import { Secret } from "./secret.ts";
import { ConfigError, type Problem } from "./error.ts";
import { keepLocalSecret } from "./local_secrets.ts";

export { ConfigError } from "./error.ts";
export { Secret } from "./secret.ts";

export interface Config {
  /** `sandbox` when no WeCom app is configured: the simulated company. */
  mode: "sandbox" | "wecom";
  onDenoDeploy: boolean;
  port: number;
  /** Scheme, host and port without a trailing slash: what WeCom sees. */
  publicOrigin: string;
  /** null: PGlite in `dataDir`. */
  databaseUrl: Secret | null;
  cacheStore: "kv" | "postgres";
  dataDir: string;
  /** undefined: the platform's own KV. */
  kvPath: string | undefined;
  wecom: {
    corpId: string;
    agentId: string;
    secret: Secret;
    apiBase: string;
    oauthBase: string;
    ssoBase: string;
    callback: { token: Secret; aesKey: Secret } | null;
  };
  sessionSecret: Secret;
  dataKey: Secret;
  adminUserIds: ReadonlySet<string>;
  erp: {
    inboundToken: Secret | null;
    runFlow: { url: string; token: Secret | null; flowId: string } | null;
  };
  /** Foreign flowId → the name of one of our flows. */
  flowAliases: Readonly<Record<string, string>>;
  groupNameTemplate: string;
  /** Domain proof files, name → content. */
  wwVerify: ReadonlyMap<string, string>;
}

export type Environment = (name: string) => string | undefined;

const OFFICIAL = {
  WECOM_API_BASE: "https://qyapi.weixin.qq.com",
  WECOM_OAUTH_BASE: "https://open.weixin.qq.com",
  WECOM_SSO_BASE: "https://login.work.weixin.qq.com",
};

const optional = z.string().optional();
const base = z.url({ protocol: /^https?$/ })
  .transform((url) => url.replace(/\/+$/, "")).optional();
const key = z.string().min(32, "needs at least 32 characters").optional();

const schema = z.object({
  PORT: z.string().regex(/^\d{1,5}$/, "is not a port number")
    .transform(Number).pipe(z.number().min(1).max(65535)).default(8000),
  PUBLIC_ORIGIN: optional,
  DATABASE_URL: z.string().regex(
    /^postgres(ql)?:\/\//,
    "is not a postgres:// address",
  ).optional(),
  CACHE_STORE: z.enum(["kv", "postgres"]).default("kv"),
  DATA_DIR: z.string().default(".data"),
  KV_PATH: optional,
  WECOM_CORP_ID: optional,
  WECOM_AGENT_ID: z.string().regex(/^\d+$/, "is not a number").optional(),
  WECOM_SECRET: optional,
  WECOM_CALLBACK_TOKEN: z.string().max(32).optional(),
  WECOM_CALLBACK_AES_KEY: z.string()
    .regex(/^[A-Za-z0-9+/]{43}$/, "is not an EncodingAESKey (43 characters)")
    .optional(),
  WECOM_API_BASE: base,
  WECOM_OAUTH_BASE: base,
  WECOM_SSO_BASE: base,
  SESSION_SECRET: key,
  DATA_KEY: key,
  ADMIN_USERIDS: optional,
  ERP_INBOUND_TOKEN: optional,
  ERP_RUNFLOW_URL: z.url({ protocol: /^https?$/ }).optional(),
  ERP_TOKEN: optional,
  ERP_FLOW_ORDER: optional,
  FLOW_ALIASES: z.string().transform(parseJson)
    .pipe(z.record(z.string(), z.string())).optional(),
  GROUP_NAME_TEMPLATE: z.string().max(64).default("{customerName}-服务群"),
  WW_VERIFY: optional,
  DENO_DEPLOY: optional,
});

type Variables = z.infer<typeof schema>;

/**
 * Reads and checks everything. Throws `ConfigError` with every problem.
 * In sandbox mode missing keys are made and kept in `DATA_DIR`.
 */
export function readConfig(environment: Environment): Config {
  const read = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, present(environment(name))]),
  );
  const parsed = schema.safeParse(read);
  const problems: Problem[] = parsed.success ? [] : parsed.error.issues.map(
    (issue) => ({ name: String(issue.path[0]), problem: issue.message }),
  );
  // What is well-formed is still checked against the rest of it.
  const variables = parsed.success ? parsed.data : null;
  const checked = { ...read, ...variables } as Variables;
  problems.push(...contradictions(checked));
  if (problems.length > 0 || !variables) throw new ConfigError(problems);
  return assemble(variables);
}

let memo: Config | undefined;

/** The process's configuration, checked on first use. */
export function config(): Config {
  return memo ??= readConfig((name) => Deno.env.get(name));
}

/**
 * Whether this is Deno Deploy's production: crons would run on the timelines of
 * branches too, on the same company. Checks nothing else, since the platform
 * looks for crons while modules load.
 */
export function onProductionTimeline(environment: Environment): boolean {
  return present(environment("DENO_DEPLOY")) !== undefined &&
    environment("DENO_TIMELINE") === "production";
}

/** No platform starts modules here, or in a second timeline. */
export function onOwnHost(environment: Environment): boolean {
  return present(environment("DENO_DEPLOY")) === undefined;
}

/** The database alone, for the migration task; null when it is embedded. */
export function migrationUrl(environment: Environment): Secret | null {
  const url = present(environment("DATABASE_URL"));
  return url === undefined ? null : new Secret(url);
}

function assemble(v: Variables): Config {
  const sandbox = !v.WECOM_CORP_ID;
  const publicOrigin = originOf(v) ?? `http://localhost:${v.PORT}`;
  const onDenoDeploy = v.DENO_DEPLOY !== undefined;
  const secret = (name: "SESSION_SECRET" | "DATA_KEY") =>
    v[name] ? new Secret(v[name]) : keepLocalSecret(v.DATA_DIR, name);
  return {
    mode: sandbox ? "sandbox" : "wecom",
    onDenoDeploy,
    port: v.PORT,
    publicOrigin,
    databaseUrl: v.DATABASE_URL ? new Secret(v.DATABASE_URL) : null,
    cacheStore: v.CACHE_STORE,
    dataDir: v.DATA_DIR,
    kvPath: v.KV_PATH ??
      (onDenoDeploy ? undefined : `${v.DATA_DIR}/kv.sqlite3`),
    wecom: {
      corpId: v.WECOM_CORP_ID ?? "wwsandbox00000000",
      agentId: v.WECOM_AGENT_ID ?? "1000002",
      secret: new Secret(v.WECOM_SECRET ?? "sandbox-secret"),
      apiBase: v.WECOM_API_BASE ?? OFFICIAL.WECOM_API_BASE,
      oauthBase: v.WECOM_OAUTH_BASE ??
        (sandbox ? `${publicOrigin}/sandbox` : OFFICIAL.WECOM_OAUTH_BASE),
      ssoBase: v.WECOM_SSO_BASE ??
        (sandbox ? `${publicOrigin}/sandbox` : OFFICIAL.WECOM_SSO_BASE),
      callback: v.WECOM_CALLBACK_TOKEN && v.WECOM_CALLBACK_AES_KEY
        ? {
          token: new Secret(v.WECOM_CALLBACK_TOKEN),
          aesKey: new Secret(v.WECOM_CALLBACK_AES_KEY),
        }
        : null,
    },
    sessionSecret: secret("SESSION_SECRET"),
    dataKey: secret("DATA_KEY"),
    adminUserIds: new Set(list(v.ADMIN_USERIDS)),
    erp: {
      inboundToken: v.ERP_INBOUND_TOKEN
        ? new Secret(v.ERP_INBOUND_TOKEN)
        : null,
      runFlow: v.ERP_RUNFLOW_URL && v.ERP_FLOW_ORDER
        ? {
          url: v.ERP_RUNFLOW_URL,
          token: v.ERP_TOKEN ? new Secret(v.ERP_TOKEN) : null,
          flowId: v.ERP_FLOW_ORDER,
        }
        : null,
    },
    flowAliases: v.FLOW_ALIASES ?? {},
    groupNameTemplate: v.GROUP_NAME_TEMPLATE,
    wwVerify: new Map(
      list(v.WW_VERIFY).map((entry) => {
        const at = entry.indexOf("=");
        return [entry.slice(0, at), entry.slice(at + 1)];
      }),
    ),
  };
}

/** What is well-formed alone but wrong together. */
function contradictions(v: Partial<Variables>): Problem[] {
  const found: Problem[] = [];
  const missing = (name: string, why: string) =>
    found.push({ name, problem: `is missing: ${why}` });
  const app = ["WECOM_CORP_ID", "WECOM_AGENT_ID", "WECOM_SECRET"] as const;
  const given = app.filter((name) => v[name] !== undefined);
  const onDeploy = v.DENO_DEPLOY !== undefined;
  const real = given.length > 0 || onDeploy;
  if (real) {
    for (const name of app) {
      if (v[name] === undefined) {
        missing(name, "the self-built app needs all three");
      }
    }
    for (const name of ["SESSION_SECRET", "DATA_KEY"] as const) {
      if (v[name] === undefined) missing(name, "32 or more random bytes");
    }
  }
  if (onDeploy && v.DATABASE_URL === undefined) {
    missing("DATABASE_URL", "Deno Deploy has no disk for an embedded database");
  }
  if (
    (v.WECOM_CALLBACK_TOKEN === undefined) !==
      (v.WECOM_CALLBACK_AES_KEY === undefined)
  ) {
    missing(
      v.WECOM_CALLBACK_TOKEN === undefined
        ? "WECOM_CALLBACK_TOKEN"
        : "WECOM_CALLBACK_AES_KEY",
      "the callback needs both",
    );
  }
  if (v.ERP_RUNFLOW_URL !== undefined && v.ERP_FLOW_ORDER === undefined) {
    missing("ERP_FLOW_ORDER", "the ERP's flow that answers an order");
  }
  if (v.PUBLIC_ORIGIN !== undefined && originOf(v) === null) {
    found.push({
      name: "PUBLIC_ORIGIN",
      problem: "is not an https origin (plain http only for localhost)",
    });
  }
  for (const entry of list(v.WW_VERIFY)) {
    if (!/^[\w.-]+\.txt=.+$/.test(entry)) {
      found.push({ name: "WW_VERIFY", problem: "is not FILENAME.txt=CONTENT" });
    }
  }
  return found;
}

function originOf(v: Partial<Variables>): string | null {
  if (v.PUBLIC_ORIGIN === undefined || !URL.canParse(v.PUBLIC_ORIGIN)) {
    return null;
  }
  const url = new URL(v.PUBLIC_ORIGIN);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  const trusted = url.protocol === "https:" ||
    (url.protocol === "http:" && local);
  return trusted && url.pathname === "/" && !url.search ? url.origin : null;
}

function list(text: string | undefined): string[] {
  return (text ?? "").split(",").map((part) => part.trim()).filter(Boolean);
}

function present(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed ? trimmed : undefined;
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "is not JSON" });
    return z.NEVER;
  }
}
