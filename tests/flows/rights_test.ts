/**
 * Who may run what: every flow, for every role, from every place that a person
 * can have beside an order. The table is written by hand, apart from the one
 * that the code uses (`lib/flows/rights.ts`); the documentation shows it, too.
 */
import assert from "node:assert/strict";
import { type FlowName, FLOWS } from "../../lib/flows/mod.ts";
import { DEFAULTS } from "../../lib/settings/definitions.ts";
import { type Role, ROLES } from "../../lib/staff/actor.ts";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, world } from "../support/company.ts";

/** Where somebody stands: on the order, or having begun its group, or neither. */
const PLACES = ["own", "began", "other"] as const;
type Place = typeof PLACES[number];
/** From where each role gets in. */
type Row = Readonly<Record<Role, readonly Place[]>>;

const ALL = PLACES;

const ON_ORDER: Row = {
  designer: ["own"],
  project_manager: ["own"],
  operator: ALL,
  admin: ALL,
};
const EVERYBODY: Row = {
  designer: ALL,
  project_manager: ALL,
  operator: ALL,
  admin: ALL,
};
const ADMINS: Row = {
  designer: [],
  project_manager: [],
  operator: [],
  admin: ALL,
};
const OVERSEERS: Row = { ...EVERYBODY, designer: [], project_manager: [] };

const MAY: Readonly<Record<FlowName, Row>> = {
  "order.get": ON_ORDER,
  "order.remind": ON_ORDER,
  "order.watch": ON_ORDER,
  "orders.list": EVERYBODY,
  /** One's own, or those of who is on no order of one's own. */
  "contacts.list": ON_ORDER,
  "contact.get": EVERYBODY,
  "customer.match": ON_ORDER,
  "customer.link": ON_ORDER,
  "customer.code": ON_ORDER,
  "customer.erase": ADMINS,
  "customer.reveal": ON_ORDER,
  "group.preview": ON_ORDER,
  "group.prepare": ON_ORDER,
  "group.record": {
    ...ON_ORDER,
    designer: ["own", "began"],
    project_manager: ["own", "began"],
  },
  "group.link": ON_ORDER,
  "group.cancel": {
    ...ON_ORDER,
    designer: ["began"],
    project_manager: ["began"],
  },
  "group.get": ON_ORDER,
  "sidebar.customer": EVERYBODY,
  "sidebar.group": EVERYBODY,
  "client.failed": EVERYBODY,
  "settings.get": ADMINS,
  "settings.save": ADMINS,
  "sync.run": OVERSEERS,
  "sync.latest": OVERSEERS,
  "deadLetters.list": OVERSEERS,
  "deadLetters.replay": OVERSEERS,
};

const PEOPLE: Readonly<Record<Role, string>> = {
  designer: "d1",
  project_manager: "p1",
  operator: "op",
  admin: "ad",
};

interface Cell {
  person: string;
  orderId: string;
  intentId: string;
  /** Whose contacts are asked for. */
  wxUserId: string;
}

/** What a flow is asked from there; who it is about differs with the place. */
function inputOf(name: FlowName, cell: Cell): Record<string, unknown> {
  const { orderId, intentId, wxUserId } = cell;
  const inputs: Partial<Record<FlowName, Record<string, unknown>>> = {
    "contacts.list": { wxUserId },
    "order.watch": { orderId, version: "" },
    "contact.get": { externalUserId: "wmX" },
    "customer.link": { orderId, externalUserId: "wmX" },
    "group.preview": { orderId, customerExternalUserId: "wmX" },
    "group.prepare": { orderId, customerExternalUserId: "wmX" },
    "group.record": { orderId, intentId },
    "group.link": { orderId, chatId: "wrX" },
    "group.cancel": { intentId },
    "sidebar.customer": { externalUserId: "wmX" },
    "sidebar.group": { chatId: "wrX" },
    "client.failed": { api: "agentConfig", errMsg: "fail", client: "4.1" },
    "settings.save": DEFAULTS,
    "deadLetters.replay": { taskId: "7" },
  };
  return inputs[name] ?? { orderId };
}

Deno.test("Each flow lets in each role from exactly the places it is for", async () => {
  await withApp({ seed: world().seed }, async (app) => {
    const cells = await prepareCells(app);
    const wrong: string[] = [];
    for (const [name, row] of Object.entries(MAY) as [FlowName, Row][]) {
      for (const role of ROLES) {
        for (const place of PLACES) {
          const cell = cells[role][place];
          const answer = await app.as(cell.person)
            .flow(name, inputOf(name, cell));
          const refused = answer.error === "ORDER_NOT_FOUND" ||
            answer.error === "VALIDATION_FAILED" && name === "group.cancel" ||
            answer.error === "FORBIDDEN" &&
              answer.msg === FLOWS[name].who.refusal;
          if (refused === row[role].includes(place)) {
            wrong.push(`${name} as ${role}, ${place}: ${answer.error ?? "ok"}`);
          }
        }
      }
    }
    assert.deepEqual(wrong, []);
  });
});

Deno.test("The list shows one's own orders, and all of them to operators and admins", async () => {
  await withApp({ seed: world().seed }, async (app) => {
    const cells = Object.values(await prepareCells(app))
      .flatMap((row) => Object.values(row));
    for (const role of ROLES) {
      const { data } = await app.as(PEOPLE[role])
        .flow("orders.list", { limit: 100 });
      const shown = (data.orders as { orderId: string }[])
        .map((one) => one.orderId);
      const all = role === "operator" || role === "admin";
      const wanted = all ? cells.map((cell) => cell.orderId) : [`${role}-own`];
      const foreign = shown.filter((id) => !wanted.includes(id));
      assert.deepEqual(wanted.filter((id) => !shown.includes(id)), [], role);
      // The demo's orders are there, too.
      assert.equal(foreign.length > 0, all, role);
    }
  });
});

Deno.test("Every flow stands in the table, and the table in the documentation is the code's", async () => {
  assert.deepEqual(Object.keys(MAY).toSorted(), Object.keys(FLOWS).toSorted());
  const file = new URL("../../docs/architecture.md", import.meta.url);
  const shown = (await Deno.readTextFile(file)).split("\n")
    // A flow has a name of two words; files are shown in other tables.
    .filter((line) => /^\| `\w+\.(?!tsx?`)\w+` /.test(line))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  const real = Object.entries(FLOWS).map(([name, { who }]) => [
    `\`${name}\``,
    ...ROLES.map((role) => who.roles[role].join(", ") || "–"),
  ]);
  assert.deepEqual(shown, real);
});

/** An order with a creation that ended, for each role and place. */
async function prepareCells(
  app: TestApp,
): Promise<Record<Role, Record<Place, Cell>>> {
  const cells: Cell[] = [];
  const orders: Record<string, unknown>[] = [];
  const of = (role: Role, place: Place): Cell => {
    const person = PEOPLE[role];
    const orderId = `${role}-${place}`;
    orders.push(order({
      orderId,
      designerWxUserId: place === "own" ? person : "d2",
      projectManagerWxUserId: null,
    }));
    const wxUserId = place === "own" ? person : "d2";
    const cell = { person, orderId, intentId: `in-${orderId}`, wxUserId };
    cells.push(cell);
    return cell;
  };
  const byPlace = (role: Role) => ({
    own: of(role, "own"),
    began: of(role, "began"),
    other: of(role, "other"),
  });
  const table = {
    designer: byPlace("designer"),
    project_manager: byPlace("project_manager"),
    operator: byPlace("operator"),
    admin: byPlace("admin"),
  };
  const staff = [...Object.entries(PEOPLE), ["designer", "d2"]]
    .map(([role, wxUserId]) => ({ wxUserId, name: wxUserId, role }));
  for (const [path, body] of [["staff", { staff }], ["orders", { orders }]]) {
    const response = await push(app, path as "staff" | "orders", body);
    assert.equal(response.status, 200, await response.text());
  }
  for (const { person, orderId, intentId } of cells) {
    const began = orderId.endsWith("-began") ? person : "d2";
    await app.services.sql`
      insert into group_intent (intent_id, order_id, created_by,
        customer_external_user_id, user_ids, external_user_ids, group_name,
        state, expires_at, created_at, updated_at)
      values (${intentId}, ${orderId}, ${began}, 'wmX', '{d2}', '{wmX}', '群',
        'cancelled', now(), now(), now())`;
  }
  return table;
}
