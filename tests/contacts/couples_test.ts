/**
 * An order with several numbers: each is judged by itself, and the contacts of all
 * of them are its customers together.
 */
import assert from "node:assert/strict";
import { type Customer, matchAmong } from "../../lib/contacts/customers.ts";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

const WIFE = "13900002222";
const FATHER = "13700003333";

/** By number; `places`: of which of the order's numbers. */
function numbered(id: string, places: number[], over = {}): Customer {
  return {
    externalUserId: id,
    source: null,
    scanned: false,
    decidedAt: null,
    sure: true,
    places,
    ...over,
  };
}

const decided = (id: string, over: Partial<Customer> = {}): Customer => ({
  ...numbered(id, []),
  source: "hand",
  decidedAt: new Date(1),
  ...over,
});

const TABLE: [name: string, customers: Customer[], status: string, string][] = [
  ["nobody has a number", [], "none", ""],
  ["one of two is there", [numbered("wife", [1])], "matched", "wife"],
  [
    "both are there, the first one first",
    [numbered("wife", [1]), numbered("man", [0])],
    "matched",
    "man wife",
  ],
  ["one contact has both numbers", [numbered("man", [0, 1])], "matched", "man"],
  [
    "one number is two contacts'",
    [numbered("man", [0]), numbered("wife", [1]), numbered("old", [1])],
    "ambiguous",
    "man wife old",
  ],
  [
    "one contact has both numbers, another one of them",
    [numbered("man", [0, 1]), numbered("wife", [1])],
    "ambiguous",
    "man wife",
  ],
  [
    "who shares a number is not assumed beside who does not",
    [numbered("man", [0]), numbered("driver", [1], { sure: false })],
    "matched",
    "man",
  ],
  [
    "all numbers are shared",
    [
      numbered("man", [0], { sure: false }),
      numbered("wife", [1], { sure: false }),
    ],
    "ambiguous",
    "man wife",
  ],
  [
    "who scanned beside another's number is asked about",
    [numbered("wife", [1]), numbered("new", [], { scanned: true })],
    "ambiguous",
    "wife new",
  ],
  [
    "who scanned has the other number",
    [
      numbered("man", [0]),
      numbered("wife", [1]),
      numbered("wife", [], { scanned: true }),
    ],
    "matched",
    "man wife",
  ],
  [
    "who is decided has no number: they are the first",
    [numbered("man", [0]), numbered("wife", [1]), decided("new")],
    "matched",
    "new wife",
  ],
  [
    "who is decided has the other number: the first one stays",
    [numbered("man", [0]), numbered("wife", [1]), decided("wife")],
    "matched",
    "wife man",
  ],
  [
    "who is decided is one of two with a number",
    [
      numbered("man", [0]),
      numbered("old", [0]),
      numbered("wife", [1]),
      decided("old"),
    ],
    "matched",
    "old wife",
  ],
  [
    "beside who is decided, two with the other number are not assumed",
    [
      numbered("man", [0]),
      numbered("wife", [1]),
      numbered("old", [1]),
      decided("man"),
    ],
    "matched",
    "man",
  ],
  [
    "the order has one number, and another one is decided",
    [numbered("man", [0]), decided("new")],
    "matched",
    "new",
  ],
  [
    "what was decided is in question",
    [
      numbered("man", [0]),
      numbered("wife", [1]),
      decided("new", { sure: false }),
    ],
    "ambiguous",
    "new man wife",
  ],
];

for (const [name, customers, status, candidates] of TABLE) {
  Deno.test(`Several numbers: ${name}`, () => {
    const found = matchAmong(customers);
    assert.equal(found.status, status);
    const ids = found.candidates.map((one) => one.externalUserId).join(" ");
    assert.equal(ids, candidates);
  });
}

interface Found {
  status: string;
  candidates: { externalUserId: string; of?: Told }[];
  without?: (Told & { why: string })[];
}
interface Told {
  name: string;
  phone: string;
}

async function match(app: TestApp, orderId = "O1") {
  const answer = await app.as("d1").flow("customer.match", { orderId });
  assert.equal(answer.status, 200, JSON.stringify(answer));
  const found = answer.data as unknown as Found;
  const { data } = await app.as("d1").flow("orders.list", { limit: 100 });
  const listed = (data.orders as { orderId: string; matchState: string }[])
    .find((one) => one.orderId === orderId);
  assert.equal(listed?.matchState, found.status, "the list says the same");
  return {
    ...found,
    ids: found.candidates.map((one) => one.externalUserId),
    of: found.candidates.map((one) =>
      one.of && `${one.of.name} ${one.of.phone}`
    ),
  };
}

const couple = (over: Record<string, unknown> = {}) =>
  order({ customers: [{ name: "李先生", phone: WIFE }], ...over });

function family() {
  return world([
    { of: "d1", name: "王", remarkMobiles: [PHONE] },
    { of: "d1", name: "李", remarkMobiles: [WIFE] },
    { of: "d1", name: "新微信" },
  ]);
}

Deno.test("A couple is matched together, each by name and masked number", async () => {
  const { seed, ids: who } = family();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [couple()]);
    const found = await match(app);
    assert.deepEqual([found.status, found.ids], ["matched", who.slice(0, 2)]);
    assert.deepEqual(found.of, ["王女士 138****8000", "李先生 139****2222"]);
    assert.equal(found.without, undefined);
    const { data } = await app.as("d1").flow("order.get", { orderId: "O1" });
    assert.equal(data.customerPhone, "138****8000");
    assert.deepEqual(data.customers, [
      { name: "王女士", phone: "138****8000" },
      { name: "李先生", phone: "139****2222" },
    ]);
    const [row] = await app.services.sql`select * from customer_order`;
    assert.doesNotMatch(JSON.stringify(row), /李先生|13900002222/, "sealed");
  });
});

Deno.test("A spouse who is no contact yet does not hinder, and is told as not there", async () => {
  const { seed, ids: who } = family();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [
      couple({ customers: [{ phone: FATHER }, { name: "李", phone: WIFE }] }),
      couple({ orderId: "one", customers: undefined }),
    ]);
    const found = await match(app);
    assert.deepEqual([found.status, found.ids], ["matched", who.slice(0, 2)]);
    assert.deepEqual(found.without, [
      { name: "另一位客户", phone: "137****3333", why: "absent" },
    ]);
    const single = await match(app, "one");
    assert.deepEqual([single.of, single.without], [[undefined], undefined]);
  });
});

Deno.test("Who is chosen by hand is the first customer, and the other one stays with a number of their own", async () => {
  const { seed, ids: who } = family();
  await withApp({ seed }, async (app) => {
    const [man = "", wife = "", chosen = ""] = who;
    await pushAll(app, [couple()]);
    await match(app);
    const link = async (externalUserId: string) => {
      const input = { orderId: "O1", externalUserId };
      const answer = await app.as("d1").flow("customer.link", input);
      assert.equal(answer.status, 200, JSON.stringify(answer));
    };
    const noted = (id: string) =>
      app.sandbox.world.state.follows.get("d1")?.get(id)?.remarkMobiles;
    await link(chosen);
    assert.deepEqual((await match(app)).ids, [chosen, wife]);
    assert.deepEqual(noted(chosen), [PHONE], "not the other one's number");
    // Chosen, too: nobody loses what was written for them.
    await link(wife);
    assert.deepEqual(noted(wife), [WIFE]);
    assert.deepEqual(noted(chosen), [PHONE]);
    assert.deepEqual((await match(app)).ids.slice(0, 1), [wife]);
    await link(man);
    assert.deepEqual(noted(chosen), [], "chosen anew for the same number");
    assert.deepEqual((await match(app)).ids, [man, wife]);
  });
});

Deno.test("A further customer comes and goes, and what was decided about the first one stands", async () => {
  const { seed, ids: who } = family();
  await withApp({ seed }, async (app) => {
    const [man = "", wife = "", chosen = ""] = who;
    await pushAll(app, [order()]);
    await match(app);
    const link = (externalUserId: string) =>
      app.as("d1").flow("customer.link", {
        orderId: "O1",
        externalUserId,
        writeNumber: false,
      });
    await link(chosen);
    const steps: [what: string, over: Record<string, unknown>, string[]][] = [
      ["she comes", couple(), [chosen, wife]],
      ["an ERP that knows no others", order({ stage: "量房" }), [chosen, wife]],
      ["others named again", couple({ customers: [{ phone: WIFE }] }), [
        chosen,
        wife,
      ]],
      ["she goes", couple({ customers: [] }), [chosen]],
      ["named as nobody", couple({ customers: null }), [chosen]],
    ];
    for (const [what, pushed, ids] of steps) {
      await pushAll(app, [pushed]);
      assert.deepEqual((await match(app)).ids, ids, what);
    }
    await pushAll(app, [couple()]);
    await link(wife);
    assert.deepEqual((await match(app)).ids, [wife, man]);
    await pushAll(app, [couple({ customers: [{ phone: FATHER }] })]);
    assert.deepEqual((await match(app)).ids, [man], "the choice went with her");
  });
});

Deno.test("Whose own number is unknown is chosen by hand, and gets nobody else's number", async () => {
  const { seed, ids: who } = family();
  await withApp({ seed }, async (app) => {
    const [, wife = "", chosen = ""] = who;
    await pushAll(app, [couple({ customerPhone: "" })]);
    const before = await match(app);
    assert.deepEqual([before.status, before.ids], ["matched", [wife]]);
    assert.deepEqual(before.of, ["李先生 139****2222"]);
    assert.deepEqual(before.without, [
      { name: "王女士", phone: "", why: "absent" },
    ]);
    const answer = await app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: chosen,
    });
    assert.equal(answer.status, 200, JSON.stringify(answer));
    const follow = app.sandbox.world.state.follows.get("d1")?.get(chosen);
    assert.deepEqual(follow?.remarkMobiles, []);
    const found = await match(app);
    assert.deepEqual([found.status, found.ids], ["matched", [chosen, wife]]);
    assert.deepEqual(found.of, ["王女士 ", "李先生 139****2222"]);
    assert.equal(found.without, undefined);
    const beside = await app.as("d1").flow("sidebar.customer", {
      externalUserId: wife,
    });
    const orders = beside.data.orders as { orderId: string; sure: boolean }[];
    assert.deepEqual(
      orders.map(({ orderId, sure }) => [orderId, sure]),
      [["O1", true]],
      "her number is surely hers",
    );
  });
});

Deno.test("A number that the ERP tells as another customer's from now on moves nobody", async () => {
  const { seed, ids: who } = family();
  await withApp({ seed }, async (app) => {
    const [man = "", wife = "", chosen = ""] = who;
    const link = (externalUserId: string) =>
      app.as("d1").flow("customer.link", {
        orderId: "O1",
        externalUserId,
        writeNumber: false,
      });
    const together = order({ customerPhone: `${PHONE} ${WIFE}` });
    await pushAll(app, [together]);
    await link(chosen);
    assert.deepEqual((await match(app)).ids, [chosen, wife]);
    for (const pushed of [couple(), together, couple()]) {
      await pushAll(app, [pushed]);
      const found = await match(app);
      assert.deepEqual([found.status, found.ids], ["matched", [chosen, wife]]);
    }
    // Now all numbers are others': who was chosen is the one without any.
    await pushAll(app, [
      order({
        customerPhone: "",
        customers: [{ phone: PHONE }, { phone: WIFE }],
      }),
    ]);
    assert.ok((await match(app)).ids.includes(man));
  });
});

Deno.test("A couple whose numbers change places is the same couple", async () => {
  const { seed, ids: who } = world([
    { of: "d1", name: "王", remarkMobiles: [PHONE] },
    { of: "d1", name: "王的旧号", remarkMobiles: [PHONE] },
    { of: "d1", name: "李", remarkMobiles: [WIFE] },
    { of: "d1", name: "新微信" },
  ]);
  await withApp({ seed }, async (app) => {
    const [, man = "", wife = "", chosen = ""] = who;
    const asPushed = () => pushAll(app, [couple()]);
    const swapped = () =>
      pushAll(app, [
        order({ customerPhone: WIFE, customers: [{ phone: PHONE }] }),
      ]);
    const link = (externalUserId: string) =>
      app.as("d1").flow("customer.link", {
        orderId: "O1",
        externalUserId,
        writeNumber: false,
      });
    await asPushed();
    await match(app);
    await link(man);
    assert.deepEqual((await match(app)).ids, [man, wife]);
    await swapped();
    const same = await match(app);
    assert.deepEqual([same.status, same.ids], ["matched", [man, wife]]);
    // Who has no number was chosen for the one who is the first no more.
    await asPushed();
    await link(chosen);
    assert.deepEqual((await match(app)).ids, [chosen, wife]);
    await swapped();
    assert.equal((await match(app)).status, "ambiguous");
  });
});

Deno.test("An order is found by the further customer's number, whole or its last four digits", async () => {
  const { seed } = family();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [
      couple(),
      order({ orderId: "other", customerPhone: "" }),
    ]);
    for (const query of [WIFE, "2222", "8000", PHONE]) {
      const { data } = await app.as("op").flow("orders.list", { query });
      const ids = (data.orders as { orderId: string }[])
        .map((one) => one.orderId);
      assert.deepEqual(ids, ["O1"], query);
    }
    await pushAll(app, [couple({ customers: [] })]);
    const { data } = await app.as("op").flow("orders.list", { query: WIFE });
    assert.deepEqual(data.orders, []);
  });
});

Deno.test("What is wrong with a further customer leaves out that one, and is told", async () => {
  const { seed } = family();
  await withApp({ seed }, async (app) => {
    await pushAll(app, []);
    const phone = (n: number) => ({ phone: `1390000000${n}` });
    const table: [customers: unknown, kept: number, paths: string[]][] = [
      [[{ name: "李", phone: WIFE }], 1, []],
      // Named again with the others.
      [[{ name: "王女士", phone: PHONE }, { phone: WIFE }], 1, []],
      [[{ phone: WIFE }, { phone: `+86 ${WIFE}` }], 1, []],
      [[{ phone: "1390000" }, { phone: WIFE }], 1, ["customers.0.phone"]],
      [[{ name: "李", phone: null }], 0, ["customers.0.phone"]],
      [[1, 2, 3, 4, 5, 6].map(phone), 4, ["customers.4", "customers.5"]],
      [[phone(1), { phone: "13900000002、13900000003" }], 2, []],
      [null, 0, []],
    ];
    for (const [at, [customers, kept, paths]] of table.entries()) {
      const orderId = `row-${at}`;
      const response = await push(app, "orders", {
        orders: [order({ orderId: "good" }), couple({ orderId, customers })],
      });
      const { data } = await response.json();
      assert.deepEqual([data.upserted, data.rejected], [2, []]);
      const [told, ...more] = data.incomplete ?? [];
      assert.equal(more.length, 0);
      const issues = (told?.issues ?? []) as { path: string }[];
      assert.deepEqual(issues.map((issue) => issue.path), paths);
      if (told) assert.deepEqual([told.index, told.orderId], [1, orderId]);
      const view = await app.as("d1").flow("order.get", { orderId });
      const shown = (view.data.customers as unknown[] | undefined) ?? [0];
      assert.equal(shown.length, kept + 1, JSON.stringify(customers));
    }
    // A wrong type refuses the row, as in any other field.
    for (const customers of ["x", [WIFE], [{ name: "李" }], [{ phone: 1 }]]) {
      const response = await push(app, "orders", {
        orders: [order({ orderId: "good" }), couple({ customers })],
      });
      const { data } = await response.json();
      assert.equal(data.upserted, 1, JSON.stringify(customers));
      assert.match(data.rejected[0].issues[0].path, /^customers/);
    }
  });
});

Deno.test("The demo has a couple, who are matched together", async () => {
  await withApp({}, async (app) => {
    const as = app.as("xuting");
    const { data } = await as.flow("customer.match", {
      orderId: "demo-ja2611006",
    });
    const { status, candidates } = data as unknown as Found;
    assert.deepEqual([status, candidates.map((one) => one.of?.name)], [
      "matched",
      ["顾明", "沈雅"],
    ]);
  });
});
