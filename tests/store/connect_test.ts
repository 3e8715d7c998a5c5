/** Addresses as providers print them connect, whatever the server is. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import {
  onRealPostgres,
  throughPooler,
  withDatabase,
} from "../support/database.ts";

async function setting(url: string, name: string): Promise<unknown> {
  const { sql, close } = await openDatabase({
    url: new Secret(url),
    dataDir: "",
    max: 1,
  });
  try {
    const [row] = await sql`select current_setting(${name}) as value`;
    return row?.value;
  } finally {
    await close();
  }
}

Deno.test("What providers put behind an address does not keep it from connecting", () =>
  withDatabase(async ({ url }) => {
    const queries = [
      "sslmode=disable&channel_binding=require",
      "sslmode=prefer",
      "sslmode=allow",
      "schema=public",
      "schema=public&connection_limit=1&pool_timeout=20&connect_timeout=5",
      "pgbouncer=true&connection_limit=1&supa=base-pooler.x",
      "target_session_attrs=read-write",
      "target_session_attrs=any&load_balance_hosts=random",
      "application_name=groups",
      "gssencmode=disable&keepalives_idle=60&client_encoding=utf8",
    ];
    for (const query of queries) {
      const value = await setting(`${url}?${query}`, "server_encoding");
      assert.equal(value, "UTF8", query);
    }
  }));

Deno.test("Of several hosts the first that answers is taken", () =>
  withDatabase(async ({ url }) => {
    const { host } = new URL(url);
    for (const hosts of [`127.0.0.1:1,${host}`, `${host},127.0.0.1:1`]) {
      const several = url.replace(host, hosts);
      for (const query of ["", "?target_session_attrs=primary"]) {
        const value = await setting(several + query, "server_encoding");
        assert.equal(value, "UTF8", hosts);
      }
    }
  }));

Deno.test({
  name: "Settings of a session reach the server",
  // PGlite has one session, begun before any address; a pooler refuses them.
  ignore: !onRealPostgres || throughPooler,
  fn: () =>
    withDatabase(async ({ url }) => {
      const table: [string, string, string][] = [
        ["options=-c%20statement_timeout%3D7s", "statement_timeout", "7s"],
        ["statement_timeout=8000", "statement_timeout", "8s"],
        ["application_name=groups", "application_name", "groups"],
        ["schema=shop", "search_path", "shop"],
      ];
      for (const [query, name, value] of table) {
        assert.equal(await setting(`${url}?${query}`, name), value, query);
      }
    }),
});
