/**
 * The product with a replica: who looks for what they have just done finds it,
 * while lists of everything come from a standby that is behind.
 */
import assert from "node:assert/strict";
import { sealSession } from "../../lib/auth/session.ts";
import { OwnerError } from "../../lib/owner/error.ts";
import { type Answer, ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";
import { withDatabase } from "../support/database.ts";
import { freePort } from "../storm/cluster.ts";
import { Visitor } from "../support/visitor.ts";
import { hasStandby, until, withStandby } from "../support/standby.ts";

/** Newer than those of the demo, which stand there too. */
const newest = (orderId: string) =>
  order({ orderId, createdAt: "2099-01-01T00:00:00Z" });

/** Ids of a list, or of a search. */
const ids = ({ data }: Answer) =>
  (data.orders as { orderId: string }[]).map(({ orderId }) => orderId)
    .filter((orderId) => /^O\d$/.test(orderId));

async function list(
  app: TestApp,
  who: string,
  input: Record<string, unknown> = {},
): Promise<string[]> {
  return ids(await app.as(who).flow("orders.list", input));
}

/** A browser of somebody who is signed in. */
async function browserOf(app: TestApp, wxUserId: string): Promise<Visitor> {
  const visitor = new Visitor(app.handler, ORIGIN);
  const session = await sealSession(
    app.services.sealer,
    { wxUserId },
    app.services.now,
  );
  visitor.cookies.set("session", session);
  return visitor;
}

/** By the replica, as soon as it keeps up with the machine that it is on. */
async function shows(asked: () => Promise<string[]>, ...wanted: string[]) {
  await until(async () => String(await asked()) === String(wanted));
}

async function refusal(env: Record<string, string>): Promise<string> {
  try {
    await withApp({ env }, () => Promise.resolve());
  } catch (error) {
    assert.ok(error instanceof OwnerError, String(error));
    return error.message;
  }
  return assert.fail("It starts");
}

if (hasStandby) {
  Deno.test("With a replica that is behind", (t) =>
    withStandby(async (pair) => {
      const env = {
        DATABASE_URL: pair.primary.url,
        DATABASE_REPLICA_URL: pair.standby.url,
      };
      await withApp({ env, seed: world().seed }, async (app) => {
        await pushAll(app, [newest("O1")]);
        await pair.caughtUp();
        await shows(() => list(app, "op"), "O1");
        await pair.pauseReplay(true);
        await pushAll(app, [newest("O2")]);

        await t.step(
          "lists and searches of everything may lack what came in just now",
          async () => {
            await shows(() => list(app, "op"), "O1");
            await shows(() => list(app, "op", { query: "王女" }), "O1");
          },
        );

        await t.step(
          "one's own orders are all there, searched too",
          async () => {
            assert.deepEqual(await list(app, "d1"), ["O2", "O1"]);
            const found = await list(app, "d1", { query: "王女" });
            assert.deepEqual(found, ["O2", "O1"]);
          },
        );

        await t.step("an order opens, whoever opens it", async () => {
          const got = await app.as("op").flow("order.get", { orderId: "O2" });
          assert.equal(got.data.orderId, "O2");
        });

        await t.step(
          "whoever changes something sees everything, though it failed",
          async () => {
            const browser = await browserOf(app, "op");
            const changed = await browser.flow("customer.link", {
              orderId: "O2",
              externalUserId: "wmNobody",
            });
            assert.equal(changed.code, 0, "nobody follows that contact");
            const [cookie = ""] = changed.headers.getSetCookie();
            assert.match(cookie, /^changed=1; Path=\/; Max-Age=20; HttpOnly/);
            const listed = await browser.flow("orders.list");
            assert.deepEqual(ids(listed), ["O2", "O1"]);
          },
        );

        await t.step("who only looks is not taken for one", async () => {
          const browser = await browserOf(app, "op");
          await browser.flow("order.get", { orderId: "O2" });
          await shows(async () => ids(await browser.flow("orders.list")), "O1");
          assert.deepEqual([...browser.cookies.keys()], ["session"]);
        });

        await t.step(
          "/readyz tells how it is, and serves without it",
          async () => {
            const part = async () => {
              const response = await app.as(null).fetch("/readyz");
              assert.equal(response.status, 200);
              return (await response.json()).data.parts.replica;
            };
            await until(async () => (await part()).answers === "replica");
            assert.equal((await part()).state, "ok");
            await pair.standby.kill();
            assert.deepEqual(await list(app, "op"), ["O2", "O1"]);
            const away = await part();
            assert.equal(away.state, "warning");
            assert.deepEqual([away.answers, away.trouble], ["primary", "away"]);
            await pair.standby.start();
            await until(async () => (await part()).answers === "replica");
          },
        );
      });

      await t.step(
        "a process starts without its replica, and tells nobody its password",
        async () => {
          const away =
            `postgres://app:geheim-7@127.0.0.1:${freePort()}/postgres`;
          const alone = { ...env, DATABASE_REPLICA_URL: away };
          await withApp({ env: alone }, async (app) => {
            assert.deepEqual(await list(app, "op"), ["O2", "O1"]);
            const response = await app.as(null).fetch("/readyz");
            const text = await response.text();
            assert.equal(response.status, 200, text);
            assert.equal(JSON.parse(text).data.parts.replica.trouble, "away");
            assert.ok(app.logText().includes("replica.resting"));
            assert.ok(!(text + app.logText()).includes("geheim"));
          });
        },
      );

      await t.step(
        "a process does not start with the replica of another database",
        async () => {
          const { sql } = pair.onPrimary;
          await sql`create database other`;
          await pair.caughtUp();
          const other = new URL(pair.standby.url);
          other.pathname = "/other";
          const said = await refusal({
            ...env,
            DATABASE_REPLICA_URL: other.href,
          });
          assert.match(said, /DATABASE_REPLICA_URL leads to .* no replica of/);
          assert.ok(!said.includes(other.host));
        },
      );

      await t.step(
        "nor with another company's",
        () =>
          withDatabase(async ({ sql, url }) => {
            await sql`
            insert into database_owner (mode, corp_id)
            values ('wecom', 'wwstranger')`;
            const said = await refusal({ ...env, DATABASE_REPLICA_URL: url });
            assert.match(said, /DATABASE_REPLICA_URL belongs to .* wwstranger/);
          }),
      );
    }));
}
