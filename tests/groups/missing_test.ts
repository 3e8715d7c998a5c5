/** Who is told to be missing from an order's group, and why, as a table. */
import assert from "node:assert/strict";
import { type Known, missingOf } from "../../lib/groups/missing.ts";

const known = (wanted: string, over: Partial<Known> = {}): Known => ({
  wanted,
  memberId: wanted,
  name: `${wanted}的名字`,
  present: false,
  hadLeft: false,
  departed: false,
  ...over,
});
const staff = (memberId: string) => ({ memberId, kind: "staff" as const });
const customer = (memberId: string) => ({
  memberId,
  kind: "customer" as const,
});

const TABLE: [
  sentence: string,
  wanted: Parameters<typeof missingOf>[0],
  known: Known[],
  asked: string[] | null,
  missing: string[],
][] = [
  [
    "nobody, when all are in",
    [staff("p1"), customer("wm1")],
    [
      known("p1", { present: true }),
      known("wm1", { present: true }),
    ],
    ["p1"],
    [],
  ],
  ["a customer who has not come", [customer("wm1")], [known("wm1")], null, [
    "wm1 not_joined",
  ]],
  [
    "a customer who came and left",
    [customer("wm1")],
    [
      known("wm1", { hadLeft: true }),
    ],
    null,
    ["wm1 left"],
  ],
  [
    "nobody of a couple, when one of them is in",
    [
      customer("wm1"),
      customer("wm2"),
    ],
    [known("wm1", { present: true }), known("wm2")],
    null,
    [],
  ],
  [
    "a colleague who was put on the order afterwards",
    [staff("p2")],
    [
      known("p2"),
    ],
    ["d1", "p1"],
    ["p2 changed_on_order"],
  ],
  [
    "a colleague who was asked for, in another spelling",
    [staff("P1")],
    [
      known("P1"),
    ],
    ["d1", "p1"],
    ["P1 not_joined"],
  ],
  ["a colleague of a group made by hand", [staff("p1")], [known("p1")], null, [
    "p1 not_joined",
  ]],
  [
    "nobody who left the company",
    [staff("p1")],
    [
      known("p1", { departed: true }),
    ],
    ["p1"],
    [],
  ],
  ["nobody of whom nothing is known", [staff("p1")], [], ["p1"], []],
];

for (const [sentence, wanted, rows, asked, missing] of TABLE) {
  Deno.test(`Missing from the group: ${sentence}`, () => {
    const found = missingOf(wanted, rows, asked);
    const told = found.map(({ memberId, reason }) => `${memberId} ${reason}`);
    assert.deepEqual(told, missing);
  });
}

Deno.test("Missing from the group: whose name is unknown is told by the id", () => {
  const [one] = missingOf([staff("p1")], [known("p1", { name: "" })], null);
  assert.equal(one?.name, "p1");
});
