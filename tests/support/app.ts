/**
 * The real app over a real database, served in process: routes and islands as
 * built, WeCom at the other end of the wire. Everything is closed afterwards.
 */
import assert from "node:assert/strict";
import { Builder } from "fresh/dev";
import { buildStyles } from "../../lib/ui/build_styles.ts";
import { createApp } from "../../lib/app.ts";
import { type Config, readConfig } from "../../lib/config/mod.ts";
import type { Deadlines } from "../../lib/http/deadline.ts";
import { createLog, type Log } from "../../lib/http/log.ts";
import { createRequests } from "../../lib/http/requests.ts";
import { createServices, type Services } from "../../lib/services.ts";
import { sealSession } from "../../lib/auth/session.ts";
import { createSandbox, type Sandbox } from "../../lib/sandbox/mod.ts";
import type { WorldSeed } from "../../lib/sandbox/mod.ts";
import { demoOrders, demoStaff } from "../../lib/sandbox/seed.ts";
import { withDatabase } from "./database.ts";

export const ERP_TOKEN = "erp-inbound-token-for-tests";
export const DATA_KEY = "data-key-for-tests-0123456789abcdef0123";
export const ORIGIN = "http://localhost:8000";

/** A loaded machine is late by itself. */
export const PATIENT: Deadlines = {
  page: 60_000,
  api: 60_000,
  signIn: 60_000,
};

export interface TestApp {
  services: Services;
  sandbox: Sandbox;
  /** Lines of the log, parsed. */
  logs: Record<string, unknown>[];
  /** The whole log as text, to look for what must not be in it. */
  logText(): string;
  handler(request: Request): Promise<Response>;
  /** A request as this member of staff (or as nobody). */
  as(wxUserId: string | null): Client;
}

export interface Client {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Runs a flow; answers status and envelope. */
  flow(flowId: string, input?: Record<string, unknown>): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Headers;
  code: number;
  data: Record<string, unknown>;
  error?: string;
  msg?: string;
  details?: unknown;
}

export interface TestAppOptions {
  env?: Record<string, string>;
  seed?: WorldSeed;
  /** Instead of the sandbox: what answers for WeCom and the ERP. */
  fetch?: typeof fetch;
  now?: () => number;
  /** Instead of waiting for lagging data. */
  sleep?: (ms: number) => Promise<void>;
  origin?: string;
  /** Shorter ones than the product's. */
  deadlines?: Deadlines;
  /** Lines of the log are looked at and not kept: for very many requests. */
  forgetsLog?: boolean;
}

/**
 * Built once per test file, and outside the tests: upstream's build leaves a
 * process running.
 */
await buildStyles();
const arm = await new Builder({
  root: new URL("../../", import.meta.url).href,
  target: ["chrome84", "safari14.1"],
}).build({ mode: "production", snapshot: "memory" });

/** The app of a process whose parts cannot be made. */
export function unstartedApp(
  error: Error | "not yet",
  log: Log,
): (request: Request) => Promise<Response> {
  const app = createApp(
    () => error === "not yet" ? new Promise(() => {}) : Promise.reject(error),
    log,
  );
  arm(app);
  const handle = app.handler();
  return (request) => Promise.resolve(handle(request));
}

/**
 * Runs `fn` with the app of a company that is empty but for `seed`, on a database
 * of its own, or on the migrated one that `env` names.
 */
export async function withApp<T>(
  options: TestAppOptions,
  fn: (app: TestApp) => Promise<T>,
): Promise<T> {
  const given = options.env?.DATABASE_URL;
  return given === undefined
    ? await withDatabase(({ url }) => onDatabase(url, options, fn))
    : await onDatabase(given, options, fn);
}

async function onDatabase<T>(
  databaseUrl: string,
  options: TestAppOptions,
  fn: (app: TestApp) => Promise<T>,
): Promise<T> {
  const dataDir = await Deno.makeTempDir({ prefix: "app-" });
  const lines: string[] = [];
  const found: string[] = [];
  const log: Log = createLog("debug", (line) => {
    const secret = secretIn(line, secrets);
    if (secret !== null) found.push(`${secret} is in the log: ${line}`);
    if (!options.forgetsLog) lines.push(line);
  });
  const now = options.now ?? Date.now;
  const origin = options.origin ?? ORIGIN;
  const env: Record<string, string> = {
    DATABASE_URL: databaseUrl,
    // Variables of an app bring the company that they are of.
    ...(options.env?.WECOM_CORP_ID ? {} : { SANDBOX: "1" }),
    KV_PATH: ":memory:",
    DATA_DIR: dataDir,
    PUBLIC_ORIGIN: origin,
    ERP_INBOUND_TOKEN: ERP_TOKEN,
    SESSION_SECRET: "session-secret-for-tests-0123456789abcdef",
    DATA_KEY,
    ...options.env,
  };
  const config: Config = readConfig((name) => env[name]);
  const secrets = secretsOf(config);
  const sandbox = createSandbox({
    now,
    random: Math.random,
    log,
    publicOrigin: origin,
    corpId: config.wecom.corpId,
    agentId: config.wecom.agentId,
    secret: config.wecom.secret.reveal(),
    ...(options.seed ? { seed: options.seed } : {}),
  });
  await sandbox.ready;
  const services = await createServices(config, {
    log,
    now,
    sandbox,
    ...(options.fetch ? { fetch: options.fetch } : {}),
    ...(options.sleep ? { sleep: options.sleep } : {}),
  });
  const provide = () => Promise.resolve(services);
  const deadlines = options.deadlines ?? PATIENT;
  const app = createApp(provide, log, createRequests(), deadlines);
  arm(app);
  const handle = app.handler();
  const handler = (request: Request) => Promise.resolve(handle(request));
  try {
    const done = await fn({
      services,
      sandbox,
      get logs() {
        return lines.map((line) => JSON.parse(line));
      },
      logText: () => lines.join("\n"),
      handler,
      as: (wxUserId) => client(services, handler, origin, wxUserId),
    });
    // Of every test, whatever it was about.
    assert.deepEqual(found, []);
    return done;
  } finally {
    await services.close();
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Between letters and digits it is a part of an id. */
const NUMBER = /(?<![\da-z])1[3-9]\d{9}(?![\da-z])/i;
/** The ERP's own id, whatever it looks like. */
const ORDER_ID = /"orderId":"[^"]*"/g;

function secretsOf({ sessionSecret, dataKey, wecom, erp }: Config): string[] {
  return [sessionSecret, dataKey, wecom.secret, erp.inboundToken]
    .flatMap((secret) => secret?.reveal() ?? []);
}

/** What must not be in a line of the log, in words; null: nothing. */
function secretIn(line: string, secrets: readonly string[]): string | null {
  if (NUMBER.test(line.replace(ORDER_ID, ""))) return "a number";
  return secrets.some((secret) => line.includes(secret)) ? "a secret" : null;
}

function client(
  services: Services,
  handler: (request: Request) => Promise<Response>,
  origin: string,
  wxUserId: string | null,
): Client {
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (wxUserId !== null) {
      const sealed = await sealSession(
        services.sealer,
        { wxUserId },
        services.now,
      );
      headers.append("cookie", `session=${sealed}`);
    }
    // As each browser does.
    const isWrite = !/^(GET|HEAD)$/.test(init.method ?? "GET");
    const says = headers.has("origin") || headers.has("sec-fetch-site");
    if (isWrite && !says) headers.set("origin", origin);
    return await handler(new Request(origin + path, { ...init, headers }));
  }
  return {
    fetch: send,
    async flow(flowId, input = {}) {
      const response = await send("/api/runFlow", {
        method: "POST",
        headers: { "content-type": "application/json", origin },
        body: JSON.stringify({ flowId, ...input }),
      });
      const envelope = await response.json();
      const { status, headers } = response;
      return { status, headers, ...envelope };
    },
  };
}

/** A call of the ERP. */
export async function push(
  app: TestApp,
  path: "staff" | "orders" | "events",
  body: unknown,
): Promise<Response> {
  return await app.handler(
    new Request(`${ORIGIN}/api/erp/${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${ERP_TOKEN}`,
      },
      body: JSON.stringify(body),
    }),
  );
}

export { demoOrders, demoStaff };
