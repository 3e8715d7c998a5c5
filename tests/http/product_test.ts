/**
 * The product itself, as it is deployed: built, started as a process with
 * nothing but variables, and driven over the network against the independent
 * WeCom; two processes on one database; what it prints; how it ends.
 */
import assert from "node:assert/strict";
import { order, PHONE, STAFF } from "../support/company.ts";
import { withDatabase } from "../support/database.ts";
import { stubEnv, type StubWecom, withStub } from "../support/stub_wecom.ts";
import {
  build,
  type Product,
  run,
  serveArgs,
  start,
} from "../support/product.ts";
import { Visitor } from "../support/visitor.ts";

const ERP = "erp-acceptance-token";
const KEYS = {
  SESSION_SECRET: "acceptance-session-secret-0123456789",
  DATA_KEY: "acceptance-data-key-0123456789abcdef",
};

async function send(
  product: Product,
  path: string,
  body: unknown,
): Promise<unknown> {
  const response = await fetch(`${product.origin}/api/erp/${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${ERP}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  return await response.json();
}

const visit = (product: Product) => new Visitor(fetch, product.origin);

async function signedIn(
  product: Product,
  stub: StubWecom,
  who: string,
): Promise<Visitor> {
  const code = `code-${who}-${crypto.randomUUID()}`;
  stub.codes.set(code, { userid: who });
  const visitor = visit(product);
  const back = await visitor.signIn(code, "/");
  await back.body?.cancel();
  assert.equal(back.status, 302);
  return visitor;
}

Deno.test("The built product, two processes on one database, makes one group for an order", async () => {
  await build();
  await withDatabase((database) =>
    withStub(async (stub, base) => {
      stub.follow("d1", "wm1", "王女士", [`+86 ${PHONE}`]);
      stub.follow("p1", "wm1", "王女士");
      const dataDir = await Deno.makeTempDir();
      const env = {
        ...stubEnv(stub, base),
        ...KEYS,
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        CACHE_STORE: "postgres",
        ERP_INBOUND_TOKEN: ERP,
      };
      const products = await Promise.all([start(env), start(env)]);
      const [one, two] = products;
      try {
        assert.deepEqual(await send(one, "staff", { staff: STAFF }), {
          code: 1,
          data: { upserted: 5, rejected: [] },
        });
        assert.deepEqual(await send(two, "orders", { orders: [order()] }), {
          code: 1,
          data: { upserted: 1, rejected: [] },
        });
        const [designer, manager] = [
          await signedIn(one, stub, "d1"),
          await signedIn(two, stub, "p1"),
        ];
        for (const visitor of [designer, manager]) {
          const page = await visitor.fetch("/orders/O1/group");
          const html = await page.text();
          assert.equal(page.status, 200);
          assert.match(html, /data-testid="order-card"/);
          assert.match(html, /138\*\*\*\*8000/);
        }
        const input = { orderId: "O1", customerExternalUserId: "wm1" };
        const answers = await Promise.all(
          Array.from({ length: 8 }, (_, at) =>
            (at % 2 ? designer : manager).flow("group.prepare", input)),
        );
        const intents = new Set(
          answers.filter((answer) =>
            answer.code === 1
          ).map((answer) => answer.data.intentId),
        );
        assert.equal(intents.size, 1);
        for (
          const answer of answers.filter((answer) =>
            answer.code === 0
          )
        ) {
          assert.equal(answer.error, "GROUP_IN_PROGRESS");
        }
        const [winner, owner] = answers.findIndex((answer) =>
            answer.code === 1
          ) % 2
          ? [designer, "d1"] as const
          : [manager, "p1"] as const;
        const chatId = stub.create(owner, "王女士-服务群", ["d1", "p1"], [
          "wm1",
        ]);
        const report = { orderId: "O1", intentId: [...intents][0], chatId };
        const recorded = await Promise.all([
          winner.flow("group.record", report),
          winner.flow("group.record", report),
          designer.flow("group.record", report),
        ]);
        for (const answer of recorded) {
          assert.equal(answer.data?.status, "active", JSON.stringify(answer));
        }
        for (const visitor of [designer, manager]) {
          const group = await visitor.flow("group.get", { orderId: "O1" });
          assert.equal(group.data.chatId, chatId);
          assert.equal(group.data.customerJoined, true);
        }
        stub.expireToken();
        stub.calls = [];
        const matches = await Promise.all(
          Array.from({ length: 20 }, (_, at) =>
            (at % 2 ? designer : manager).flow("customer.match", {
              orderId: "O1",
              refresh: at < 6,
            })),
        );
        for (const answer of matches) {
          assert.equal(answer.code, 1, JSON.stringify(answer));
        }
        assert.equal(
          stub.count("gettoken"),
          1,
          "one new token for both processes",
        );
        for (const product of products) {
          const ready = await fetch(`${product.origin}/readyz`);
          assert.equal(ready.status, 200, await ready.text());
        }
      } finally {
        const codes = await Promise.all(
          products.map((product) => product.stop()),
        );
        await Deno.remove(dataDir, { recursive: true });
        const text = products.map((product) => product.text()).join("\n");
        assert.deepEqual(codes, [0, 0], text);
        for (
          const secret of [
            stub.secret,
            stub.corpTicket,
            PHONE,
            ERP,
            ...Object.values(KEYS),
          ]
        ) {
          assert.ok(!text.includes(secret), "a secret is printed");
        }
        assert.doesNotMatch(text, /access_token=|[?&]code=|"level":"error"/);
      }
    })
  );
});

Deno.test("With bad variables it ends at once, with one list of all of them", async () => {
  await build();
  const dataDir = await Deno.makeTempDir();
  const { code, text } = await run(await serveArgs(), {
    DATA_DIR: dataDir,
    PORT: "http",
    WECOM_CORP_ID: "ww1",
    DATABASE_URL: "mysql://user:geheim@host/db",
    SESSION_SECRET: "too-short-a-secret",
  });
  assert.equal(code, 1);
  for (
    const name of [
      "PORT",
      "WECOM_AGENT_ID",
      "WECOM_SECRET",
      "DATABASE_URL",
      "SESSION_SECRET",
      "DATA_KEY",
    ]
  ) {
    assert.ok(text.includes(name), `${name} in:\n${text}`);
  }
  assert.ok(!text.includes("geheim") && !text.includes("too-short-a-secret"));
  assert.doesNotMatch(text, /\bat .*\.ts:\d+/, "no stack trace");
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("With nothing configured it runs whole, and again on what it kept", async () => {
  await build();
  const dataDir = await Deno.makeTempDir();
  try {
    for (const round of [1, 2]) {
      const product = await start({ DATA_DIR: dataDir });
      try {
        const visitor = visit(product);
        const home = await visitor.fetch("/");
        assert.equal(home.status, 302);
        const login = await visitor.fetch(home.headers.get("location") ?? "");
        assert.ok(
          (login.headers.get("location") ?? "").startsWith(
            `${product.origin}/sandbox`,
          ),
          String(round),
        );
        await Promise.all([home.text(), login.text()]);
        const ready = await visitor.fetch("/readyz");
        assert.equal(ready.status, 200, await ready.text());
        assert.ok(
          product.text().includes(product.origin),
          "prints the address to open",
        );
      } finally {
        assert.equal(await product.stop(), 0, product.text());
      }
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
