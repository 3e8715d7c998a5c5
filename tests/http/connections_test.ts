/** Connections that break off, and requests whose address is none. */
import assert from "node:assert/strict";
import { ERP_TOKEN, type TestApp, withApp } from "../support/app.ts";
import { world } from "../support/company.ts";

function company(fn: (app: TestApp) => Promise<void>): Promise<void> {
  return withApp({ seed: world().seed }, fn);
}

/** The app behind a real server. */
async function served(
  app: TestApp,
  fn: (port: number) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    app.handler,
  );
  try {
    await fn(server.addr.port);
  } finally {
    await server.shutdown();
  }
}

async function send(port: number, text: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode(text));
  return conn;
}

/** A browser's requests on a connection of their own; what the server says. */
async function ask(port: number, text: string): Promise<string> {
  return await new Response((await send(port, text)).readable).text();
}

/** The lines of the log for requests, once there are so many. */
async function requestLines(
  app: TestApp,
  count = 1,
): Promise<Record<string, unknown>[]> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const lines = app.logs.filter(({ event }) => event === "request");
    if (lines.length >= count) return lines;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("No request was logged");
}

Deno.test("A client that hangs up in the middle of its body is no error of ours", () =>
  company(async (app) => {
    for (
      const [count, path] of ["/api/erp/orders", "/sandbox/console"].entries()
    ) {
      await served(app, async (port) => {
        const conn = await send(
          port,
          `POST ${path} HTTP/1.1\r\nHost: localhost\r\n` +
            `Authorization: Bearer ${ERP_TOKEN}\r\n` +
            "Content-Type: application/json\r\n" +
            `Content-Length: 100\r\n\r\n{`,
        );
        conn.close();
        const line = (await requestLines(app, count + 1)).at(-1);
        assert.equal(line?.status, 408, path);
        assert.equal(line?.error, "REQUEST_INCOMPLETE");
      });
    }
    const failed = app.logs.filter(({ level }) => level === "error");
    assert.deepEqual(failed, []);
  }));

const NO_HOSTS = [
  "a b",
  "a/b",
  "",
  "x:99999",
  "[::",
  "a@b",
  "中文",
  "x:80:80",
  "%zz",
  "evil.example/x?y#",
  "a,b",
  "<script>",
];

Deno.test("A Host header that is no host is 400, with our headers", () =>
  company((app) =>
    served(app, async (port) => {
      for (const host of NO_HOSTS) {
        for (const path of ["/healthz", "/", "/api/runFlow"]) {
          const answer = await ask(
            port,
            `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
          );
          assert.match(answer, /^HTTP\/1.1 400 /, host);
          assert.match(answer, /"error":"VALIDATION_FAILED"/);
          for (
            const header of [
              "x-content-type-options: nosniff",
              "x-request-id: ",
              "cache-control: private, no-store",
              "content-security-policy: default-src 'none'",
            ]
          ) assert.ok(answer.includes(header), `${host}: ${header}`);
        }
      }
      const lines = await requestLines(app);
      assert.equal(lines.length, NO_HOSTS.length * 3);
    })
  ));

Deno.test("Hosts as clients and balancers send them are served", () =>
  company((app) =>
    served(app, async (port) => {
      const hosts = [
        "Host: localhost:8000\r\n",
        "Host: groups.example.com\r\n",
        "Host: GROUPS_1.example.com.:443\r\n",
        "Host: 10.0.0.7:8000\r\n",
        "Host: [::1]:8000\r\n",
        "",
      ];
      for (const host of hosts) {
        const answer = await ask(
          port,
          `GET /healthz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
        );
        assert.match(answer, /^HTTP\/1.1 200 /, host);
      }
    })
  ));

Deno.test("A target that is no address is 400, too", () =>
  company((app) =>
    served(app, async (port) => {
      for (const target of ["http://[::zz/x", "http://a%20b/x"]) {
        const answer = await ask(
          port,
          `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
        );
        assert.match(answer, /^HTTP\/1.1 400 /, target);
      }
    })
  ));
