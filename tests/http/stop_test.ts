/**
 * How the product ends, in each documented way of starting it: what is under way
 * gets its answer, and nothing that hangs holds it for longer than 5 s.
 */
import assert from "node:assert/strict";
import { createRequests } from "../../lib/http/requests.ts";
import { silentLog } from "../../lib/http/log.ts";
import { stop } from "../../lib/stop.ts";
import { openDatabase, type Sql } from "../../lib/store/database.ts";
import { Secret } from "../../lib/config/mod.ts";
import { order } from "../support/company.ts";
import { onRealPostgres } from "../support/database.ts";
import { withLocked } from "../support/locks.ts";
import { type Product, WAYS } from "../support/product.ts";
import {
  endsSoon,
  ERP,
  isSoon,
  onDatabase,
  withProduct,
} from "./stop_support.ts";

/** Asks the database beside the product. */
async function looking<T>(url: string, ask: (sql: Sql) => T): Promise<T> {
  const options = { url: new Secret(url), dataDir: "", max: 1 };
  const { sql, close } = await openDatabase(options);
  try {
    return await ask(sql);
  } finally {
    await close();
  }
}

interface Push {
  /** All that the server sends until it closes the connection. */
  answer(): Promise<string>;
  close(): void;
}

async function connect({ port }: Product, bytes: Uint8Array) {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(bytes);
  return conn;
}

/** Pushes orders, with the half of the body or all; the server is at it then. */
async function push(product: Product, part: "half" | "all"): Promise<Push> {
  const body = JSON.stringify({ orders: [order()] });
  const bytes = new TextEncoder().encode(body);
  const head = new TextEncoder().encode(
    `POST /api/erp/orders HTTP/1.1\r\nHost: localhost\r\n` +
      `Authorization: Bearer ${ERP}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${bytes.byteLength}\r\n\r\n`,
  );
  const sent = part === "all" ? bytes : bytes.subarray(0, 20);
  const conn = await connect(product, new Uint8Array([...head, ...sent]));
  // Connections are taken up as they come: who came later has an answer.
  const later = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const other = await connect(product, new TextEncoder().encode(later));
  await new Response(other.readable).text();
  return {
    answer: () => new Response(conn.readable).text(),
    close: () => conn.close(),
  };
}

for (const way of Object.keys(WAYS) as (keyof typeof WAYS)[]) {
  Deno.test(`${way}: idle, it ends at once`, () =>
    withProduct(way, async (product) => {
      // Connections that ask nothing are no reason to wait.
      const silent = await Deno.connect({
        hostname: "127.0.0.1",
        port: product.port,
      });
      await endsSoon(product);
      silent.close();
      assert.match(product.text(), /"stop.done"/);
    }));
}

for (const way of ["serve.ts", "deno serve"] as const) {
  Deno.test(`${way}: a request under way gets its answer`, () =>
    onDatabase(
      way,
      (product, url) =>
        withLocked(url, "customer_order", async (release) => {
          const pushed = await push(product, "all");
          const answered = async () => {
            await product.says(/"stop.begun","requests":1/);
            release();
            return await pushed.answer();
          };
          const [answer] = await Promise.all([answered(), endsSoon(product)]);
          assert.match(answer, /HTTP\/1.1 200 [^]*"upserted":1/);
          assert.match(product.text(), /"stop.done"/);
        }),
    ));

  Deno.test(`${way}: a locked table does not hold it`, () =>
    onDatabase(
      way,
      (product, url) =>
        withLocked(url, "customer_order", async () => {
          const pushed = await push(product, "all");
          const [answer] = await Promise.all([
            pushed.answer(),
            endsSoon(product),
          ]);
          assert.match(product.text(), /"stop.begun","requests":1/);
          assert.match(product.text(), /"stop.done"/);
          assert.match(answer, /HTTP\/1.1 503 [^]*DATABASE_UNAVAILABLE/);
          // Nothing that it asked is left behind on the server. (The embedded one
          // has a single session, which the lock holds.)
          if (!onRealPostgres) return;
          const [left] = await looking(url, (sql) =>
            sql`
            select count(*)::int as count from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`);
          assert.equal(left?.count, 0);
        }),
    ));

  Deno.test(`${way}: half a body does not hold it, and is to be sent again`, () =>
    withProduct(way, async (product) => {
      const since = product.text().length;
      const pushed = await push(product, "half");
      const [answer] = await Promise.all([
        pushed.answer(),
        endsSoon(product),
      ]);
      assert.match(answer, /HTTP\/1.1 408 [^]*retry-after: 1/i);
      assert.match(answer, /REQUEST_INCOMPLETE/);
      assert.doesNotMatch(product.text().slice(since), /"level":"error"/);
    }));
}

Deno.test("The embedded database at a long statement holds neither requests nor the stop", async () => {
  const dataDir = await Deno.makeTempDir();
  const script = new URL("../support/long_statement.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script.href, dataDir],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes("time for the request is over")) {
    const { value, done } = await reader.read();
    assert.ok(!done, text);
    text += value;
  }
  const begun = performance.now();
  child.kill("SIGTERM");
  const rest = (async () => {
    while (!(await reader.read()).done);
  })();
  const { code } = await child.status;
  await rest;
  const ms = performance.now() - begun;
  await Deno.remove(dataDir, { recursive: true });
  assert.equal(code, 0);
  assert.ok(isSoon(ms), `${ms} ms`);
});

Deno.test("Work is cut first, requests are waited for, then the stores are closed", async () => {
  const requests = createRequests();
  const told: string[] = [];
  const tell = (what: string) => () => Promise.resolve(void told.push(what));
  let deliver = () => {};
  const completed = new Promise<void>((resolve) =>
    deliver = () => {
      told.push("answered");
      resolve();
    }
  );
  const remoteAddr = { transport: "tcp", hostname: "::1", port: 1 } as const;
  await requests.follow(Promise.resolve(new Response()), {
    remoteAddr,
    completed,
  });
  const stopped = stop({
    requests,
    services: () =>
      Promise.resolve({
        cutWork: tell("cut"),
        contactSync: { close: tell("contacts") },
        close: tell("closed"),
        hangUp: () => assert.fail("nothing hangs"),
      }),
    log: silentLog,
    exit() {},
  });
  setTimeout(deliver, 0);
  await stopped;
  assert.deepEqual(told, ["cut", "answered", "closed"]);
});

Deno.test("Services that cannot be opened are nothing to wait for", async () => {
  const events: string[] = [];
  await stop({
    requests: createRequests(),
    services: () => Promise.reject(new Error("no database")),
    log: (_level, event) => void events.push(event),
    exit() {},
  });
  assert.deepEqual(events, ["stop.begun", "stop.failed"]);
});

Deno.test("A request counts until its answer is delivered, failed or not", async () => {
  const requests = createRequests();
  let resolve = (_: Response) => {};
  const answer = new Promise<Response>((done) => resolve = done);
  const failing = Promise.reject(new Error("failed"));
  const followed = [requests.follow(answer), requests.follow(failing)];
  assert.equal(requests.underWay, 2);
  resolve(new Response());
  await Promise.allSettled(followed);
  await requests.none();
  assert.equal(requests.underWay, 0);
});
