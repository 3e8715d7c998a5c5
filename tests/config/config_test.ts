/** The configuration: everything that is wrong at once, and never a value. */
import assert from "node:assert/strict";
import {
  ConfigError,
  foreignTimeline,
  readConfig,
  Secret,
} from "../../lib/config/mod.ts";

const KEY = "0123456789-ABCDEFGHIJKLMNOP-abcdef";
const OTHER = "ghijklmnop-QRSTUVWXYZ-0123456789-a";
const REAL = {
  WECOM_CORP_ID: "ww1",
  WECOM_AGENT_ID: "1000002",
  WECOM_SECRET: "s",
  SESSION_SECRET: KEY,
  DATA_KEY: OTHER,
  PUBLIC_ORIGIN: "https://group.example.com",
};

const PRIMARY = "postgres://app:geheim-1@db.example/app";
const REPLICA = "postgres://app:geheim-2@replica.example/app";

const read = (env: Record<string, string>) => readConfig((name) => env[name]);

function problems(env: Record<string, string>): string[] {
  try {
    read(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    for (const { name } of error.problems) {
      assert.ok(error.message.includes(name));
    }
    for (const value of Object.values(env)) {
      if (value.length > 6) assert.ok(!error.message.includes(value), value);
    }
    return [...new Set(error.problems.map((one) => one.name))].sort();
  }
  return [];
}

Deno.test("Every bad variable is named in one error, without its value", () => {
  const bad = {
    PORT: "eighty-thousand",
    PUBLIC_ORIGIN: "http://group.example.com",
    DATABASE_URL: "mysql://user:password@host/db",
    CACHE_STORE: "memcached",
    WECOM_AGENT_ID: "agent-number-two",
    WECOM_CALLBACK_TOKEN: "callback-token",
    WECOM_CALLBACK_AES_KEY: "too-short-for-a-key",
    WECOM_API_BASE: "qyapi.weixin.qq.com",
    WECOM_OAUTH_BASE: "ftp://open.weixin.qq.com",
    SESSION_SECRET: "too-short",
    ERP_RUNFLOW_URL: "erp-address",
    FLOW_ALIASES: "{not json}",
    WW_VERIFY: "no-equals-sign",
  };
  assert.deepEqual(
    problems(bad),
    [
      ...Object.keys(bad).filter((name) => name !== "WECOM_CALLBACK_TOKEN"),
      "DATA_KEY",
      "ERP_FLOW_ORDER",
      "WECOM_CORP_ID",
      "WECOM_SECRET",
    ].sort(),
  );
});

Deno.test("Each variable alone is judged", () => {
  const table: [Record<string, string>, string[]][] = [
    [{}, []],
    [{ PORT: "0" }, ["PORT"]],
    [{ PORT: "65536" }, ["PORT"]],
    [{ PORT: "8080 " }, []],
    [{ PUBLIC_ORIGIN: "https://a.example/" }, []],
    [{ PUBLIC_ORIGIN: "https://a.example/path" }, ["PUBLIC_ORIGIN"]],
    [{ PUBLIC_ORIGIN: "group.example.com" }, ["PUBLIC_ORIGIN"]],
    [{ PUBLIC_ORIGIN: "http://localhost.example.com" }, ["PUBLIC_ORIGIN"]],
    [{ PUBLIC_ORIGIN: "javascript:alert(1)" }, ["PUBLIC_ORIGIN"]],
    [{ PUBLIC_ORIGIN: "https://user:geheim@a.example" }, ["PUBLIC_ORIGIN"]],
    [{ PUBLIC_ORIGIN: "https://a.example/#geheim" }, ["PUBLIC_ORIGIN"]],
    [{ HOST: "0.0.0.0" }, []],
    [{ HOST: "::1" }, []],
    [{ HOST: "http://0.0.0.0:8000" }, ["HOST"]],
    [{ WECOM_API_BASE: "https://user:geheim@relay.example" }, [
      "WECOM_API_BASE",
    ]],
    [{ WECOM_API_BASE: "https://relay.example/?key=geheim" }, [
      "WECOM_API_BASE",
    ]],
    [{ WECOM_OAUTH_BASE: "https://a.example/#geheim" }, ["WECOM_OAUTH_BASE"]],
    [{ ERP_RUNFLOW_URL: "https://user:geh#eim@erp.example" }, [
      "ERP_FLOW_ORDER",
      "ERP_RUNFLOW_URL",
    ]],
    [{ WECOM_CALLBACK_TOKEN: "t" }, ["WECOM_CALLBACK_AES_KEY"]],
    [{ WECOM_CALLBACK_AES_KEY: "a".repeat(43) }, ["WECOM_CALLBACK_TOKEN"]],
    [{ FLOW_ALIASES: "[]" }, ["FLOW_ALIASES"]],
    [{ FLOW_ALIASES: '{"a":1}' }, ["FLOW_ALIASES"]],
    [{ ERP_RUNFLOW_URL: "https://erp.example/api" }, ["ERP_FLOW_ORDER"]],
    [{ DATA_KEY: "short" }, ["DATA_KEY"]],
    [{ SESSION_SECRET: OTHER }, ["DATA_KEY"]],
    [{ DATA_KEY_PREVIOUS: OTHER }, ["DATA_KEY_PREVIOUS"]],
    [{ DATA_KEY: "a".repeat(40) }, ["DATA_KEY"]],
    [{ SESSION_SECRET: "correct-horse-".repeat(3) }, ["SESSION_SECRET"]],
    [{ ERP_INBOUND_TOKEN: "short-token" }, ["ERP_INBOUND_TOKEN"]],
    [{ ERP_INBOUND_TOKEN: KEY }, ["ERP_INBOUND_TOKEN"]],
    [{ WECOM_API_BASE: "http://relay.example.net" }, ["WECOM_API_BASE"]],
    [{ WECOM_API_BASE: "http://127.0.0.1:9" }, []],
    [{ WECOM_API_BASE: "http://relay:8080", RELAY_SECRET: `r${KEY}` }, []],
    [{ RELAY_SECRET: `r${KEY}` }, ["WECOM_API_BASE"]],
    [{ WECOM_SECRET: "your-app-secret" }, ["WECOM_SECRET"]],
    [{ SESSION_SECRET: "change-me-0123456789-abcdefghijklm" }, [
      "SESSION_SECRET",
    ]],
    [{
      PUBLIC_ORIGIN: "http://localhost:8000",
      WECOM_SECRET: "your-app-secret",
    }, []],
    [{ PUBLIC_ORIGIN: "" }, ["PUBLIC_ORIGIN"]],
    [{ TRUSTED_PROXIES: "10.0.0.0/8, 127.0.0.1, ::1" }, []],
    [{ TRUSTED_PROXIES: "10.0.0.0/99" }, ["TRUSTED_PROXIES"]],
    [{ TRUSTED_PROXIES: "nginx" }, ["TRUSTED_PROXIES"]],
    [{ OTEL_DENO: "true" }, ["OTEL_PROPAGATORS", "OTEL_TRACES_SAMPLER"]],
    [{ OTEL_DENO: "true", OTEL_DENO_TRACING: "false" }, []],
    [{
      OTEL_DENO: "true",
      OTEL_TRACES_SAMPLER: "parentbased_always_off",
      OTEL_PROPAGATORS: "none",
    }, []],
    [{ DATABASE_REPLICA_URL: REPLICA }, ["DATABASE_URL"]],
    [{ DATABASE_REPLICA_URL: REPLICA, DATABASE_URL: PRIMARY }, []],
    [{ DATABASE_REPLICA_URL: "mysql://geheim@db/x", DATABASE_URL: PRIMARY }, [
      "DATABASE_REPLICA_URL",
    ]],
    [{
      DATABASE_REPLICA_URL: `${REPLICA}?target_session_attrs=read-write`,
      DATABASE_URL: PRIMARY,
    }, ["DATABASE_REPLICA_URL"]],
  ];
  const dir = Deno.makeTempDirSync();
  for (const [env, names] of table) {
    const base = { ...REAL, DATA_DIR: dir };
    assert.deepEqual(problems({ ...base, ...env }), names, JSON.stringify(env));
  }
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("With nothing set there is a sandbox whose keys survive a restart", () => {
  const dir = Deno.makeTempDirSync();
  const env = { DATA_DIR: `${dir}/data` };
  const [one, two] = [read(env), read(env)];
  assert.equal(one.mode, "sandbox");
  assert.equal(one.publicOrigin, "http://localhost:8000");
  assert.equal(one.databaseUrl, null);
  assert.equal(one.erp.inboundToken, null);
  assert.equal(one.wecom.callback, null);
  assert.equal(one.dataKey.reveal(), two.dataKey.reveal());
  assert.notEqual(one.dataKey.reveal(), one.sessionSecret.reveal());
  assert.equal(
    read({ ...env, PORT: "9000" }).publicOrigin,
    "http://localhost:9000",
  );
  const mode = Deno.statSync(`${dir}/data/data_key`).mode;
  if (mode !== null) assert.equal(mode & 0o077, 0, "for nobody else to read");
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("One WeCom variable alone is no sandbox by accident", () => {
  for (
    const name of ["WECOM_CORP_ID", "WECOM_AGENT_ID", "WECOM_SECRET"] as const
  ) {
    const { [name]: _, ...rest } = REAL;
    assert.deepEqual(problems(rest), [name]);
  }
  assert.equal(read(REAL).mode, "wecom");
  assert.equal(read(REAL).wecom.apiBase, "https://qyapi.weixin.qq.com");
});

Deno.test("Deno Deploy asks for what has no disk to live on", () => {
  assert.deepEqual(problems({ DENO_DEPLOY: "1" }), [
    "DATABASE_URL",
    "DATA_KEY",
    "PUBLIC_ORIGIN",
    "SESSION_SECRET",
    "WECOM_AGENT_ID",
    "WECOM_CORP_ID",
    "WECOM_SECRET",
  ]);
  const there = read({
    ...REAL,
    DENO_DEPLOY: "1",
    DATABASE_URL: "postgres://h/d",
  });
  assert.equal(there.kvPath, undefined, "the platform's own KV");
});

Deno.test("It listens for everybody, unless it is opened on this machine only", () => {
  const table: [Record<string, string>, string][] = [
    [{}, "0.0.0.0"],
    [{ PUBLIC_ORIGIN: "http://localhost:8000" }, "127.0.0.1"],
    [{ PUBLIC_ORIGIN: "http://127.0.0.1" }, "127.0.0.1"],
    [{ PUBLIC_ORIGIN: "http://[::1]:8000" }, "::1"],
    [{ PUBLIC_ORIGIN: "http://localhost:8000", HOST: "0.0.0.0" }, "0.0.0.0"],
    [{ HOST: "10.0.0.7" }, "10.0.0.7"],
  ];
  for (const [env, host] of table) {
    assert.equal(read({ ...REAL, ...env }).host, host);
  }
});

Deno.test("A branch's timeline is not let near production's database", () => {
  const table: [Record<string, string>, string | null][] = [
    [{}, null],
    [{ DENO_TIMELINE: "production" }, null],
    [{ DENO_TIMELINE: "git-branch/main" }, "git-branch/main"],
    [{ DENO_TIMELINE: "preview/abc" }, "preview/abc"],
    [{ DENO_TIMELINE: "git-branch/a", MIGRATE_BRANCHES: "1" }, null],
    [{ DENO_TIMELINE: "git-branch/a", MIGRATE_BRANCHES: "" }, "git-branch/a"],
  ];
  for (const [env, timeline] of table) {
    assert.equal(foreignTimeline((name) => env[name]), timeline);
  }
});

Deno.test("A secret prints as a bullet however it is written", () => {
  const secret = new Secret("do-not-show");
  const holder = { secret, nested: [secret] };
  const texts = [
    `${secret}`,
    String(secret),
    JSON.stringify(holder),
    Deno.inspect(holder),
    Deno.inspect(secret),
    Object.entries(secret).join(),
    JSON.stringify(read({ ...REAL, WECOM_SECRET: "do-not-show" })),
    Deno.inspect(read({ ...REAL, WECOM_SECRET: "do-not-show" }), { depth: 9 }),
    JSON.stringify(read({
      ...REAL,
      DATABASE_URL: "postgres://u:do-not-show@h/d",
      ERP_RUNFLOW_URL: "https://u:do-not-show@erp.example/?key=do-not-show",
      ERP_FLOW_ORDER: "order",
    })),
  ];
  for (const text of texts) assert.ok(!text.includes("do-not-show"), text);
  assert.equal(secret.reveal(), "do-not-show");
});
