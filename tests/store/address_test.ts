/** `DATABASE_URL` as providers print it, and with a careless password. */
import assert from "node:assert/strict";
import { AddressError, readAddress } from "../../lib/store/address.ts";
import { driverOptions } from "../../lib/store/driver_options.ts";

/** Of the address only what the row is about. */
type Wanted = Partial<ReturnType<typeof readAddress>>;

const at = (host: string, port = 5432) => ({ hosts: [{ host, port }] });

const READ: [string, Wanted][] = [
  ["postgres://app:p@db.example/app", {
    ...at("db.example"),
    user: "app",
    password: "p",
    database: "app",
    pooled: null,
    tls: { mode: "off", rootCertificates: null },
    startup: {},
  }],
  ["POSTGRESQL://db.example:5433", {
    ...at("db.example", 5433),
    user: undefined,
    password: undefined,
    database: undefined,
  }],
  ["postgres://", at("localhost")],
  ["postgres:///app", { ...at("localhost"), database: "app" }],
  ["postgres://app@db/app", { user: "app", password: undefined }],
  ["postgres://a%40b:%2F%3F%23%25%20%E5%AF%86@db/a%2Fb", {
    user: "a@b",
    password: "/?#% 密",
    database: "a/b",
  }],
  ["postgres://app:a:b!$&'()*+,;=~@db/app", { password: "a:b!$&'()*+,;=~" }],
  ["postgres://app:密码@db/app", { password: "密码" }],
  ["postgres://app:p@[::1]:5433/app", at("::1", 5433)],
  ["postgres://app:p@[2001:db8::7]/app", at("2001:db8::7")],
  ["postgres://app:p@[fe80::1%25eth0]/app", at("fe80::1%eth0")],
  ["postgres://app:p@one:1,two,[::1]:3/app", {
    hosts: [
      { host: "one", port: 1 },
      { host: "two", port: 5432 },
      { host: "::1", port: 3 },
    ],
  }],
  ["postgres://one,two/app?target_session_attrs=read-write", {
    target: "read-write",
  }],
  ["postgres://one,two/app?target_session_attrs=any", { target: null }],
  ["postgres://app@%2Fvar%2Frun%2Fpostgresql/app", at("/var/run/postgresql")],
  ["postgres:///app?host=/run/pg&port=5433&user=u&password=a%26b", {
    ...at("/run/pg", 5433),
    user: "u",
    password: "a&b",
  }],
  ["postgres:///?host=one,::1&port=1,2&dbname=app", {
    hosts: [{ host: "one", port: 1 }, { host: "::1", port: 2 }],
    database: "app",
  }],
  ["postgres://db/app?sslmode=disable&channel_binding=require", {
    tls: { mode: "off", rootCertificates: null },
    startup: {},
  }],
  ["postgres://db/app?schema=public&connection_limit=5&pool_timeout=10", {
    startup: {},
    maxConnections: 5,
  }],
  ["postgres://db/app?schema=shop", { startup: { search_path: "shop" } }],
  ["postgres://db/app?application_name=groups&connect_timeout=3", {
    startup: { application_name: "groups" },
    connectTimeoutSeconds: 3,
  }],
  ["postgres://db/app?connect_timeout=0", { connectTimeoutSeconds: null }],
  ["postgres://db/app?sslmode=&application_name=", { startup: {} }],
  ["postgres://db/app?options=-c%20statement_timeout%3D5s", {
    startup: { options: "-c statement_timeout=5s" },
  }],
  [
    "postgres://u:p@ep-a-b.aws.neon.tech/app?sslmode=require&channel_binding=require&options=endpoint%3Dep-a-b",
    {
      pooled: null,
      startup: { options: "endpoint=ep-a-b" },
      tls: { mode: "require", rootCertificates: null },
    },
  ],
  ["postgres://u:p@ep-a-b-pooler.aws.neon.tech/app?sslmode=require", {
    pooled: true,
  }],
  [
    "postgres://u.ref:p@aws-0-eu.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1&supa=base-pooler.x",
    {
      user: "u.ref",
      pooled: true,
      maxConnections: 1,
    },
  ],
  ["postgres://u.ref:p@aws-0-eu.pooler.supabase.com:5432/postgres", {
    pooled: null,
  }],
  ["postgres://db:6432/app", { pooled: true }],
  ["postgres://db:6432/app?pgbouncer=false", { pooled: false }],
  ["postgres://db/app?prepare=false", { pooled: true }],
  ["postgres://db/app?statement_cache_size=0", { pooled: true }],
  ["postgres://db/app?pgbouncer=true&application_name=a", {
    startup: { application_name: "a" },
  }],
];

Deno.test("Each address is read as libpq reads it", () => {
  for (const [url, wanted] of READ) {
    const address = readAddress(url);
    for (const [name, value] of Object.entries(wanted)) {
      const got = address[name as keyof Wanted];
      assert.deepEqual(got, value, `${name} of ${url}`);
    }
    driverOptions(address);
  }
});

const MODES: [string, string][] = [
  ["sslmode=disable", "off"],
  ["sslmode=allow", "prefer"],
  ["sslmode=prefer", "prefer"],
  ["sslmode=require", "require"],
  ["sslmode=verify-ca", "ca"],
  ["sslmode=verify-full", "full"],
  ["sslmode=require&sslrootcert=/ca.pem", "ca"],
  ["sslmode=verify-full&sslrootcert=system", "full"],
  ["sslrootcert=system", "full"],
  ["ssl=true", "full"],
  ["ssl=false", "off"],
];

Deno.test("Each sslmode of libpq has its meaning", () => {
  for (const [query, mode] of MODES) {
    assert.equal(readAddress(`postgres://h/d?${query}`).tls.mode, mode, query);
  }
});

const SECRET = "S3cr";
const REFUSED: [string, RegExp][] = [
  ...["#", "/", "?", "@", " ", "%", "%2", "%zz", "\t", "/?#@%"].map((
    character,
  ): [string, RegExp] => [
    `postgres://app:${SECRET}${character}tPass@127.0.0.1:5432/app`,
    /percent-encoded/,
  ]),
  [`postgres://app:${SECRET}?tPass=1@db/app`, /percent-encoded/],
  [`postgres://app:${SECRET}/tPass`, /percent-encoded/],
  [`postgres://app:12/${SECRET}@db/app`, /percent-encoded/],
  [`postgres://${SECRET}/app:x@db/app`, /percent-encoded/],
  [`postgres://app:${SECRET}@db:port/app`, /percent-encoded/],
  [`postgres://app:${SECRET}@db:65536/app`, /percent-encoded/],
  [`postgres://app:${SECRET}@::1/app`, /percent-encoded/],
  [`postgres://app:${SECRET}%ff@db/app`, /no UTF-8/],
  [`mysql://app:${SECRET}@db/app`, /is not a postgres/],
  [`postgres+psycopg://app:${SECRET}@db/app`, /is not a postgres/],
  [`"postgres://app:${SECRET}@db/app"`, /is not a postgres/],
  [`postgres://app:${SECRET}@db/app/more`, /name of a database/],
  [`postgres://app:${SECRET}@%2Frun,db/app`, /unix socket/],
  [`postgres://app:x@db/app?${SECRET}=1`, /number 1 of 1.*drop it/],
  [`postgres://app:x@db/app?sslmode=require&${SECRET}`, /number 2 of 2/],
  [`postgres://app:x@db/app?sslmode=${SECRET}`, /sslmode.*verify-full/],
  [`postgres://app:x@db/app?sslcert=${SECRET}`, /sslcert.*drop it/],
  [`postgres://app:x@db/app?connection_limit=${SECRET}`, /connection_limit/],
  [`postgres://app:x@db/app?connection_limit=0`, /from 1 to/],
  [`postgres://app:x@db/app?target_session_attrs=standby`, /read-write/],
  [`postgres://app:x@db/app?client_encoding=${SECRET}`, /drop it/],
  [`postgres://app:x@db/app?pgbouncer=true&schema=${SECRET}`, /schema.*drop/],
  [`postgres://app:x@db/app?pgbouncer=true&options=-c%20a%3D${SECRET}`, /drop/],
  [`postgres://db/app?application_name=%ff${SECRET}`, /application_name/],
  [`postgres://db/app?sslmode=verify-ca&sslrootcert=/${SECRET}`, /cannot be r/],
];

Deno.test("What cannot be used is refused by its name, and never shown", () => {
  for (const [url, reason] of REFUSED) {
    assert.throws(
      () => driverOptions(readAddress(url)),
      (error: unknown) => {
        assert.ok(error instanceof AddressError, `${url}: ${error}`);
        assert.match(error.message, reason, url);
        const shown = Deno.inspect(error) + error.stack;
        for (const part of [SECRET, "tPass", "127.0.0.1"]) {
          assert.ok(!shown.includes(part), `${url}: ${shown}`);
        }
        return true;
      },
    );
  }
});

Deno.test("A replica's address may want a standby, and never who may be written", () => {
  const target = (attributes: string) =>
    readAddress(
      `postgres://one,two/app?target_session_attrs=${attributes}`,
      "replica",
    ).target;
  assert.equal(readAddress("postgres://one/app", "replica").target, null);
  assert.equal(target("any"), null);
  for (const one of ["standby", "prefer-standby", "read-only"]) {
    assert.equal(target(one), "standby", one);
  }
  for (const one of ["primary", "read-write", SECRET]) {
    const refused = (error: unknown) =>
      error instanceof AddressError && /standby or any/.test(error.message) &&
      !error.message.includes(SECRET);
    assert.throws(() => target(one), refused, one);
  }
});
