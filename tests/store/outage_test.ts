/**
 * What is said of a connection that cannot be opened or broke off: what to do,
 * and no part of the address, which user, host and database are.
 */
import assert from "node:assert/strict";
import postgres from "postgres";
import { Secret } from "../../lib/config/secret.ts";
import { isOutage, openDatabase } from "../../lib/store/database.ts";
import { createPool } from "../../lib/store/pool/pool.ts";
import { OutageError, outageOf } from "../../lib/store/errors.ts";

type Made = new (fields: Record<string, string>) => postgres.PostgresError;

function ofServer(code: string, message: string, severity = "FATAL") {
  const Made = postgres.PostgresError as unknown as Made;
  return new Made({ code, message, severity, severity_local: severity });
}

function ofSystem(code: string, message: string) {
  return Object.assign(new Error(message), { code });
}

const ENDED: [Error, RegExp][] = [
  [
    ofServer("28P01", 'password authentication failed for user "s3cret"'),
    /refuses the role/,
  ],
  [ofServer("28000", 'no pg_hba.conf entry for host "s3cret"'), /the role/],
  [ofServer("3D000", 'database "s3cret" does not exist'), /no such database/],
  [ofServer("53300", 'too many connections for role "s3cret"'), /left/],
  [ofServer("42704", 'unrecognized parameter "s3cret"'), /setting/],
  [ofServer("57P01", "terminating connection s3cret"), /ended/],
  [ofSystem("ENOTFOUND", "getaddrinfo ENOTFOUND s3cret"), /has no address/],
  [ofSystem("ECONNREFUSED", "connect ECONNREFUSED s3cret"), /answers/],
  [ofSystem("CONNECTION_CLOSED", "write CONNECTION_CLOSED s3cret"), /off/],
  [ofSystem("DEPTH_ZERO_SELF_SIGNED_CERT", "s3cret"), /certificate/],
  [ofSystem("ERR_TLS_CERT_ALTNAME_INVALID", "Host: s3cret"), /certificate/],
  [new Error("invalid peer certificate of s3cret"), /certificate/],
];

for (const [error, said] of ENDED) {
  Deno.test(`"${error.message}" is an outage, and is told without a name`, () => {
    const outage = outageOf(error);
    assert.ok(outage && isOutage(outage));
    assert.match(outage.message, said);
    assert.doesNotMatch(Deno.inspect(outage), /s3cret/);
  });
}

Deno.test("A statement that failed alone leaves the connection, whatever it says", () => {
  const alone = [
    ofServer("23505", "duplicate key", "ERROR"),
    ofServer("25006", "read-only transaction", "ERROR"),
    ofSystem("UNDEFINED_VALUE", "undefined values are not allowed"),
  ];
  for (const error of alone) assert.equal(outageOf(error), null, error.message);
});

Deno.test("A database that is read-only for now may be asked again later", () => {
  assert.ok(isOutage(ofServer("25006", "read-only transaction", "ERROR")));
  assert.ok(!isOutage(ofServer("42501", "permission denied", "ERROR")));
  assert.ok(!isOutage(new Error("invalid certificate of somebody else")));
});

async function failure(url: string): Promise<unknown> {
  const { sql, close } = await openDatabase({
    url: new Secret(url),
    dataDir: "",
    max: 1,
  });
  try {
    return await sql`select 1`.then(() => null, (error) => error);
  } finally {
    await close();
  }
}

Deno.test("Neither statement nor transaction shows where nobody answers", async () => {
  for (const query of ["", "?pgbouncer=true", "?pgbouncer=false"]) {
    const error = await failure(
      `postgres://s3cret:p@127.0.0.1:1/s3cret${query}`,
    );
    assert.ok(error instanceof OutageError);
    assert.doesNotMatch(Deno.inspect(error), /s3cret|127\.0\.0\.1/);
  }
});

Deno.test("A server without TLS is told to those who ask for it", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refusing = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(8));
      await connection.write(new TextEncoder().encode("N"));
      connection.close();
    }
  })();
  const { port } = listener.addr;
  const error = await failure(
    `postgres://s3cret:p@127.0.0.1:${port}/s3cret?sslmode=require`,
  );
  listener.close();
  await refusing;
  assert.ok(error instanceof OutageError);
  assert.match(error.message, /TLS/);
});

Deno.test("A server that accepts and says nothing is an address where nobody answers", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const accepted = Array.fromAsync(listener);
  for (const pooled of [true, null]) {
    const pool = createPool({
      max: 1,
      pooled,
      limits: { openMs: 100, waitMs: 80 },
      connect: ({ onclose }) =>
        postgres(`postgres://s3cret:p@127.0.0.1:${port}/s3cret`, {
          max: 1,
          fetch_types: false,
          ...(onclose ? { onclose } : {}),
        }),
    });
    await assert.rejects(
      pool.sql`select 1`,
      /OutageError: No database answers at the host/,
    );
    await pool.close();
  }
  listener.close();
  for (const connection of await accepted) connection.close();
});
