/** What would start and protect nothing is refused, and what protects is not. */
import assert from "node:assert/strict";
import { ConfigError, readConfig } from "../../lib/config/mod.ts";
import { readRelayConfig } from "../../lib/config/relay.ts";
import { isNear } from "../../lib/config/values.ts";

const KEY = "0123456789-ABCDEFGHIJKLMNOP-abcdef";
const REAL = {
  WECOM_CORP_ID: "ww1",
  WECOM_AGENT_ID: "1000002",
  WECOM_SECRET: "s",
  SESSION_SECRET: KEY,
  DATA_KEY: `data-${KEY}`,
  PUBLIC_ORIGIN: "https://group.example.com",
};

function problemsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map(({ name }) => name).sort();
  }
  return [];
}

const problems = (env: Record<string, string>) => {
  const all: Record<string, string> = { ...REAL, ...env };
  return problemsOf(() => readConfig((name) => all[name]));
};

const UNSAFE = ["OTEL_PROPAGATORS", "OTEL_TRACES_SAMPLER"];
const SAFE = {
  OTEL_TRACES_SAMPLER: "parentbased_always_off",
  OTEL_PROPAGATORS: "none",
};
const on = { OTEL_DENO: "true" };

Deno.test("Tracing counts as off only by the words by which Deno leaves it off", () => {
  const table: [Record<string, string>, string[]][] = [
    [{ ...on, OTEL_DENO_TRACING: "0" }, ["OTEL_DENO_TRACING", ...UNSAFE]],
    [{ ...on, OTEL_DENO_TRACING: "off" }, ["OTEL_DENO_TRACING", ...UNSAFE]],
    [{ ...on, OTEL_DENO_TRACING: "false " }, ["OTEL_DENO_TRACING", ...UNSAFE]],
    [{ ...on, ...SAFE, OTEL_DENO_TRACING: "1" }, ["OTEL_DENO_TRACING"]],
    [{ ...on, ...SAFE, OTEL_DENO_TRACING: "true" }, []],
    [{ ...on, OTEL_DENO_TRACING: "FALSE" }, []],
    [{ ...on, OTEL_SDK_DISABLED: "1" }, [
      "OTEL_PROPAGATORS",
      "OTEL_SDK_DISABLED",
      "OTEL_TRACES_SAMPLER",
    ]],
    [{ ...on, OTEL_SDK_DISABLED: "true" }, []],
    // Traces alone, without what else Deno exports.
    [{ OTEL_DENO_TRACING: "true" }, UNSAFE],
    [{ OTEL_DENO: "1" }, ["OTEL_DENO"]],
    [{ OTEL_DENO: "false", OTEL_SDK_DISABLED: "0" }, []],
    [{ OTEL_SDK_DISABLED: "0" }, []],
    [{ ...on, OTEL_DENO_TRACING: " " }, UNSAFE],
  ];
  for (const [env, names] of table) {
    assert.deepEqual(problems(env), names, JSON.stringify(env));
    const relay: Record<string, string> = { RELAY_SECRET: KEY, ...env };
    assert.deepEqual(
      problemsOf(() => readRelayConfig((name) => relay[name])),
      names,
      JSON.stringify(env),
    );
  }
});

const NEAR = [
  "localhost",
  "relay",
  "erp.internal",
  "erp.default.svc",
  "erp.default.svc.cluster.local",
  "127.0.0.1",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "100.64.0.1",
  "100.127.255.255",
  "[::1]",
  "[fd00::1]",
  "[fc00::1]",
];
const FAR = [
  "10.evil.example",
  "127.evil.example",
  "192.168.evil.com",
  "172.16.evil.example",
  "svc.example",
  "8.8.8.8",
  "172.32.0.1",
  "100.63.255.255",
  "100.128.0.1",
  "[2001:db8::1]",
  "[fe00::1]",
];

Deno.test("A secret goes openly to a private address only, whatever a name looks like", () => {
  for (const host of NEAR) assert.ok(isNear(host), host);
  for (const host of FAR) assert.ok(!isNear(host), host);
  for (const [hosts, names] of [[NEAR, []], [FAR, ["WECOM_API_BASE"]]]) {
    for (const host of hosts ?? []) {
      const env = { WECOM_API_BASE: `http://${host}:8080` };
      assert.deepEqual(problems(env), names, host);
    }
  }
});

/** The same texts at each run: a linear congruential generator. */
function* digits(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 28;
  }
}

Deno.test("A random token of hex digits is taken at every length that is allowed", () => {
  const source = digits(1);
  const token = (length: number) =>
    Array.from({ length }, () => source.next().value.toString(16)).join("");
  for (const length of [16, 20, 24, 31, 32, 48, 64]) {
    for (let n = 0; n < 300; n++) {
      const env = { ERP_INBOUND_TOKEN: token(length) };
      assert.deepEqual(problems(env), [], env.ERP_INBOUND_TOKEN);
    }
  }
});

Deno.test("A token of a handful of characters, or of one text again and again, is refused", () => {
  for (
    const easy of [
      "aaaabbbbccccdddd",
      "1234512345123455",
      "password".repeat(2),
      // Of 33 characters, eight: few for its length.
      "0" + "12345670".repeat(4),
    ]
  ) {
    assert.deepEqual(problems({ ERP_INBOUND_TOKEN: easy }), [
      "ERP_INBOUND_TOKEN",
    ], easy);
  }
});
