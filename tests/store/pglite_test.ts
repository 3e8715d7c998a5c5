/** PGlite behind its socket: one session that many connections share. */
import assert from "node:assert/strict";
import { PGlite } from "@electric-sql/pglite";
import postgres from "postgres";
import { servePglite } from "../../lib/store/pglite_server.ts";

const PASSWORD = "made-for-this-start";

async function serve(
  fn: (connect: (max: number) => postgres.Sql, port: number) => Promise<void>,
): Promise<void> {
  const db = await PGlite.create();
  const server = servePglite(db, PASSWORD);
  const open: postgres.Sql[] = [];
  try {
    await fn((max) => {
      const sql = postgres({
        host: "127.0.0.1",
        port: server.port,
        user: "postgres",
        password: PASSWORD,
        database: "postgres",
        max,
        onnotice: () => {},
      });
      open.push(sql);
      return sql;
    }, server.port);
  } finally {
    await Promise.all(open.map((sql) => sql.end({ timeout: 1 })));
    await server.stop();
    await db.close();
  }
}

Deno.test("Many connections with transactions, pipelines and failures at once do not mix", async () => {
  await serve(async (connect) => {
    const pools = [connect(5), connect(5), connect(5)];
    const [first] = pools;
    assert.ok(first);
    await first`create table account (id int primary key, n int not null)`;
    await first`insert into account select g, 0 from generate_series(1, 5) g`;
    const work = Array.from({ length: 90 }, async (_, at) => {
      const sql = pools[at % 3] ?? first;
      const id = at % 5 + 1;
      if (at % 9 === 0) {
        await assert.rejects(sql.begin(async (sql) => {
          await sql`update account set n = n + 1000 where id = ${id}`;
          await sql`select 1 / 0`;
        }));
      } else if (at % 9 === 1) {
        await assert.rejects(sql`select nonsense from nowhere`);
      } else if (at % 9 === 2) {
        const rows = await Promise.all(
          [1, 2, 3].map((n) => sql`select ${n + at}::int as n`),
        );
        assert.deepEqual(rows.map(([row]) => row?.n), [1 + at, 2 + at, 3 + at]);
      } else {
        await sql.begin(async (sql) => {
          const [row] =
            await sql`select n from account where id = ${id} for update`;
          await sql`update account set n = ${row?.n + 1} where id = ${id}`;
        });
      }
    });
    await Promise.all(work);
    // Every connection has said hello before it is closed.
    await Promise.all(
      pools.flatMap((sql) =>
        [1, 2, 3, 4, 5].map(() => sql`select pg_sleep(0)`)
      ),
    );
    const [row] = await first`select sum(n)::int as n from account`;
    assert.equal(row?.n, 60);
  });
});

/** The first message of protocol 3. */
function hello(): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(
    "user\0postgres\0database\0postgres\0\0",
  );
  const bytes = new Uint8Array(8 + text.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, bytes.length);
  view.setInt32(4, 196_608);
  bytes.set(text, 8);
  return bytes;
}

const query = (text: string) => message(0x51, text);
const password = (text = PASSWORD) => message(0x70, text);

function message(type: number, text: string): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(`${text}\0`);
  const bytes = new Uint8Array(5 + body.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setInt32(1, 4 + body.length);
  bytes.set(body, 5);
  return bytes;
}

async function speak(
  port: number,
  ...messages: Uint8Array[]
): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  for (const message of messages) {
    await conn.write(message);
    await conn.read(new Uint8Array(65_536));
  }
  return conn;
}

Deno.test("A client that dies inside a transaction leaves a clean session", () =>
  serve(async (connect, port) => {
    const sql = connect(2);
    await sql`create table kept (a int)`;
    for (const text of ["insert into kept values (1)", "select broken"]) {
      const dying = await speak(
        port,
        hello(),
        password(),
        query("begin"),
        query(text),
      );
      const waiting = sql`select count(*)::int as n from kept`;
      dying.close();
      const [row] = await waiting;
      assert.equal(row?.n, 0, "what it did is undone");
    }
    const [state] = await sql`
      select pg_current_xact_id_if_assigned() is null as outside`;
    assert.equal(state?.outside, true);
    await sql.begin((sql) => sql`insert into kept values (2)`);
    assert.equal((await sql`select a from kept`).length, 1);
  }));

Deno.test("Who does not know the password asks nothing", () =>
  serve(async (connect, port) => {
    const sql = connect(1);
    await sql`create table kept (a int)`;
    const strangers = [
      [query("insert into kept values (1)")],
      [password(""), query("insert into kept values (2)")],
      [password("guessed"), query("insert into kept values (3)")],
      [password(`${PASSWORD} `), query("insert into kept values (4)")],
      [message(0x51, PASSWORD), query("insert into kept values (5)")],
    ];
    for (const messages of strangers) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      for (const bytes of [hello(), ...messages]) await conn.write(bytes);
      const said = await new Response(conn.readable).text().catch(() => "");
      assert.doesNotMatch(said, /INSERT/);
    }
    assert.equal((await sql`select a from kept`).length, 0);
    const wrong = postgres({
      host: "127.0.0.1",
      port,
      user: "postgres",
      password: "guessed",
      max: 1,
    });
    await assert.rejects(wrong`select 1`, { code: "28P01" });
    await wrong.end();
  }));

Deno.test("Broken, cut and silent greetings harm nobody else", () =>
  serve(async (connect, port) => {
    const sql = connect(2);
    await sql`select 1`;
    const garbage = [
      new Uint8Array([0]),
      new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
      new Uint8Array([0, 0, 0, 8, 4, 210, 22, 47]),
      hello().subarray(0, 10),
      hello(),
      new Uint8Array([127, 255, 255, 255, 0, 3, 0, 0]),
    ];
    const open: Deno.TcpConn[] = [];
    for (const bytes of garbage) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      await conn.write(bytes);
      open.push(conn);
      const [row] = await sql`select 2 as n`;
      assert.equal(row?.n, 2);
    }
    for (const conn of open) conn.close();
    const [row] = await sql`select 3 as n`;
    assert.equal(row?.n, 3);
  }));

Deno.test("Large texts and many rows pass whole", () =>
  serve(async (connect) => {
    const sql = connect(3);
    const text = "订单".repeat(300_000);
    const [row] = await sql`select ${text}::text as text`;
    assert.equal(row?.text, text);
    const rows = await sql`select g from generate_series(1, 20000) g`;
    assert.equal(rows.length, 20_000);
  }));
