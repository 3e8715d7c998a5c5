/** The sandbox comes only when nothing says that a company was meant. */
import assert from "node:assert/strict";
import { companyMeant, ConfigError, readConfig } from "../../lib/config/mod.ts";

const KEY = "0123456789-ABCDEFGHIJKLMNOP-abcdef";
const APP = {
  WECOM_CORP_ID: "ww1",
  WECOM_AGENT_ID: "1000002",
  WECOM_SECRET: "s",
};
const KEYS = { SESSION_SECRET: KEY, DATA_KEY: `data-${KEY}` };
const DATABASE_URL = "postgres://app@db.example/app";
const LOCAL = "http://localhost:8000";
const PUBLIC = "https://group.example.com";

/** The mode, or the names of the variables that are wrong. */
function modeOf(env: Record<string, string>): string | string[] {
  const variables: Record<string, string> = { ...KEYS, ...env };
  try {
    return readConfig((name) => variables[name]).mode;
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return [...new Set(error.problems.map(({ name }) => name))].sort();
  }
}
const MISSING = Object.keys(APP).sort();

Deno.test("Variables that tune a server leave it the sandbox", () => {
  const table: Record<string, string>[] = [
    {},
    { PORT: "9000", DATA_DIR: "data", KV_PATH: ":memory:" },
    { PUBLIC_ORIGIN: LOCAL, CACHE_STORE: "postgres" },
    { PUBLIC_ORIGIN: PUBLIC, TIME_ZONE: "Asia/Urumqi" },
    { ADMIN_USERIDS: "boss", GROUP_NAME_TEMPLATE: "{orderNo}" },
    { FLOW_ALIASES: "{}", SESSION_SECRET_PREVIOUS: KEY },
    // The ERP's door can be tried where nobody else comes.
    { ERP_INBOUND_TOKEN: "t" },
    { PUBLIC_ORIGIN: LOCAL, ERP_INBOUND_TOKEN: "t", ERP_TOKEN: "t" },
    { WW_VERIFY: "WW_verify_1.txt=a" },
    { WECOM_CORP_ID: "  ", WECOM_SECRET: "", DATABASE_URL: " " },
  ];
  for (const env of table) {
    assert.equal(modeOf(env), "sandbox", JSON.stringify(env));
  }
});

Deno.test("A company's variables without its app are an error that names the app", () => {
  const table: Record<string, string>[] = [
    { DATABASE_URL },
    { DATABASE_URL, WECOM_CORP_ID: "", WECOM_AGENT_ID: " ", WECOM_SECRET: "" },
    { WECOM_CALLBACK_TOKEN: "t", WECOM_CALLBACK_AES_KEY: "a".repeat(43) },
    { DATABASE_URL, DATABASE_REPLICA_URL: DATABASE_URL },
    { WECOM_API_BASE: "https://relay.example.com" },
    { PUBLIC_ORIGIN: PUBLIC, ERP_INBOUND_TOKEN: "erp-token-0123456789" },
    { PUBLIC_ORIGIN: PUBLIC, WW_VERIFY: "WW_verify_1.txt=a" },
    { SANDBOX: "0" },
  ];
  for (const env of table) {
    const more = env.PUBLIC_ORIGIN ? [] : ["PUBLIC_ORIGIN"];
    const missing = [...MISSING, ...more].sort();
    assert.deepEqual(modeOf(env), missing, JSON.stringify(env));
  }
});

Deno.test("The error says what was taken for a company, and how to have the sandbox", () => {
  assert.throws(
    () => readConfig((name) => ({ DATABASE_URL })[name]),
    /WECOM_CORP_ID is missing: DATABASE_URL is set \(SANDBOX=1 for the sandbox/,
  );
});

Deno.test("SANDBOX=1 is the sandbox although other variables are set, and it is not their company", () => {
  const everything = { ...APP, DATABASE_URL, PUBLIC_ORIGIN: PUBLIC };
  assert.equal(modeOf(everything), "wecom");
  assert.equal(modeOf({ ...everything, SANDBOX: "1" }), "sandbox");
  assert.equal(modeOf({ DATABASE_URL, SANDBOX: " 1 " }), "sandbox");
  assert.equal(modeOf({ ...everything, SANDBOX: "0" }), "wecom");
  assert.deepEqual(modeOf({ SANDBOX: "yes" }), [
    "PUBLIC_ORIGIN",
    "SANDBOX",
    ...MISSING,
  ]);
  assert.deepEqual(
    modeOf({ ...everything, SANDBOX: "1", DENO_DEPLOY: "1" }),
    ["SANDBOX"],
  );
  const variables: Record<string, string> = {
    ...KEYS,
    ...everything,
    SANDBOX: "1",
    WECOM_API_BASE: "https://relay.example.com",
  };
  const { wecom } = readConfig((name) => variables[name]);
  assert.notEqual(wecom.corpId, APP.WECOM_CORP_ID);
  assert.notEqual(wecom.secret.reveal(), APP.WECOM_SECRET);
  assert.equal(wecom.oauthBase, `${PUBLIC}/sandbox`);
});

Deno.test("Keys of before are read as keys, and never printed", () => {
  const before = "before-0123456789abcdef0123456789abcdef";
  const variables: Record<string, string> = {
    ...KEYS,
    ...APP,
    PUBLIC_ORIGIN: PUBLIC,
    DATA_KEY_PREVIOUS: before,
    SESSION_SECRET_PREVIOUS: before,
  };
  const config = readConfig((name) => variables[name]);
  assert.equal(config.dataKeyPrevious?.reveal(), before);
  assert.equal(config.sessionSecretPrevious?.reveal(), before);
  assert.ok(!Deno.inspect(config, { depth: 9 }).includes(before));
  const app = { ...APP, PUBLIC_ORIGIN: PUBLIC };
  assert.deepEqual(modeOf({ ...app, DATA_KEY_PREVIOUS: "short" }), [
    "DATA_KEY_PREVIOUS",
  ]);
});

Deno.test("A task that has the database alone is told whom it would work for", () => {
  const meant = (env: Record<string, string>) =>
    companyMeant((name) => env[name]);
  assert.equal(meant({ DATABASE_URL }), null);
  assert.deepEqual(meant({ WECOM_CORP_ID: " ww1 " }), {
    mode: "wecom",
    corpId: "ww1",
  });
  assert.equal(meant({ WECOM_CORP_ID: "ww1", SANDBOX: "1" })?.mode, "sandbox");
});
