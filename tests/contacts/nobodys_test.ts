/**
 * People without contacts, as most operators, admins and managers are: WeCom says
 * so once in ten minutes, and no page, match or list asks it meanwhile.
 */
import assert from "node:assert/strict";
import type { Services } from "../../lib/services.ts";
import { createServices } from "../../lib/services.ts";
import { matchBriefly } from "../../lib/contacts/read_briefly.ts";
import { order, pushAll, withStubbedApp } from "../support/company.ts";
import type { StubWecom } from "../support/stub_wecom.ts";

/** How WeCom answers for somebody without contacts. */
const WAYS: Record<string, (stub: StubWecom, who: string) => void> = {
  "may have some, and has none": (stub, who) => {
    stub.contacts.set(who, []);
    stub.followUsers.push(who);
  },
  "is answered an empty list without the right": (stub, who) => {
    stub.contacts.set(who, []);
  },
  "is refused, for want of the right": (stub, who) => {
    stub.contacts.delete(who);
  },
};

for (const [way, prepare] of Object.entries(WAYS)) {
  Deno.test(`who ${way} costs no call for ten minutes, whatever is opened, on any process`, () =>
    withStubbedApp(async ({ app, stub }) => {
      prepare(stub, "op");
      const other = await createServices(app.services.config, {
        log: () => {},
      });
      try {
        const open = async (path: string) => {
          const response = await app.as("op").fetch(path);
          await response.body?.cancel();
          assert.equal(response.status, 200, path);
        };
        await open("/orders/O1/group");
        assert.ok(stub.count("externalcontact/batch/get_by_user") > 0);
        // Reads the contacts of the colleagues on the order, too.
        await app.as("op").flow("customer.match", { orderId: "O1" });
        stub.calls.length = 0;
        await open("/orders/O1/group");
        await open("/");
        await app.as("op").flow("contacts.list");
        await app.as("op").flow("orders.list");
        await app.as("op").flow("order.get", { orderId: "O1" });
        await elsewhere(other);
        // The match itself is a tap; who has none gets the same answer by it.
        if (way.startsWith("may")) {
          await app.as("op").flow("customer.match", { orderId: "O1" });
        }
        assert.deepEqual(asked(stub), []);
        await app.as("op").flow("customer.match", {
          orderId: "O1",
          refresh: true,
        });
        assert.notDeepEqual(asked(stub), [], "a tap asks");
      } finally {
        await other.close();
      }
    }, { CACHE_STORE: "postgres" }));
}

/** Tickets are not asked for on anybody's behalf. */
function asked(stub: StubWecom): string[] {
  return stub.calls.filter((path) => path.startsWith("externalcontact/"));
}

async function elsewhere({ contacts, orders }: Services): Promise<void> {
  await matchBriefly(contacts, await orders.get("O1"), "op");
}

Deno.test("a colleague who may not have contacts is not asked for with each miss", () =>
  withStubbedApp(async ({ app, stub }) => {
    stub.contacts.delete("p1");
    stub.followUsers.push("d1");
    await pushAll(app, [order({ customerPhone: "13900009999" })]);
    await app.as("d1").flow("customer.match", { orderId: "O1" });
    stub.calls.length = 0;
    const answer = await app.as("d1").flow("customer.match", { orderId: "O1" });
    assert.equal(answer.data.status, "none");
    assert.deepEqual(asked(stub), []);
  }));
