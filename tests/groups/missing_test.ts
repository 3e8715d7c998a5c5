/** Who is missing from a group, as a table: no database, no WeCom. */
import assert from "node:assert/strict";
import {
  type Belonging,
  customersOfGroup,
  missingPeople,
  type Stay,
} from "../../lib/groups/missing.ts";

function stay(memberId: string, over: Partial<Stay> = {}): Stay {
  return {
    memberId,
    type: memberId.startsWith("wm") ? "external" : "member",
    name: "",
    joinedAt: new Date(0),
    present: true,
    hadLeft: false,
    ...over,
  };
}

const gone = (memberId: string) =>
  stay(memberId, { present: false, hadLeft: true });

function staff(id: string, departed = false) {
  return { id, name: id.toUpperCase(), spelled: id, departed };
}

const wm1 = { id: "wm1", name: "王女士" };
const wm2 = { id: "wm2", name: null };

const MISSING: readonly {
  name: string;
  belonging: Partial<Belonging>;
  missing: [memberId: string, name: string, reason: string][];
}[] = [
  {
    name: "Nobody, when all are in",
    belonging: {
      customers: [wm1],
      staff: [staff("d1")],
      stays: [stay("wm1"), stay("d1")],
    },
    missing: [],
  },
  {
    name: "Nobody, when a colleague is in under another case of the id",
    belonging: { staff: [staff("D1")], stays: [stay("d1")] },
    missing: [],
  },
  {
    name: "A customer who has not come, and a colleague who has not",
    belonging: { customers: [wm1], staff: [staff("d1")] },
    missing: [["wm1", "王女士", "not_joined"], ["d1", "D1", "not_joined"]],
  },
  {
    name: "Whoever left",
    belonging: {
      customers: [wm1],
      staff: [staff("d1")],
      stays: [gone("wm1"), gone("d1")],
    },
    missing: [["wm1", "王女士", "left"], ["d1", "D1", "left"]],
  },
  {
    name: "Nobody who left and came back",
    belonging: {
      customers: [wm1],
      stays: [stay("wm1", { hadLeft: true })],
    },
    missing: [],
  },
  {
    name: "Nobody of a couple, when one of the two is in",
    belonging: { customers: [wm1, wm2], stays: [stay("wm2")] },
    missing: [],
  },
  {
    name: "Both of a couple, when neither is in, by the name that is known",
    belonging: {
      customers: [wm1, wm2],
      stays: [{ ...gone("wm2"), name: "王先生" }],
    },
    missing: [["wm1", "王女士", "not_joined"], ["wm2", "王先生", "left"]],
  },
  {
    name: "By the id whose name nobody told",
    belonging: { customers: [wm2] },
    missing: [["wm2", "wm2", "not_joined"]],
  },
  {
    name: "Nobody who left the company",
    belonging: { staff: [staff("d1", true)], stays: [gone("d1")] },
    missing: [],
  },
  {
    name: "Who was put on the order after the group had been made",
    belonging: { staff: [staff("d2")], asked: ["d1"] },
    missing: [["d2", "D2", "changed_on_order"]],
  },
  {
    name: "Who was asked for, whatever the case, has not joined",
    belonging: { staff: [staff("d1")], asked: ["D1"] },
    missing: [["d1", "D1", "not_joined"]],
  },
];

for (const { name, belonging, missing } of MISSING) {
  Deno.test(`Missing: ${name}`, () => {
    const found = missingPeople({
      customers: [],
      staff: [],
      asked: null,
      stays: [],
      ...belonging,
    });
    assert.deepEqual(
      found.map((one) => [one.memberId, one.name, one.reason]),
      missing,
    );
  });
}

const decided = (id: string, source: "hand" | "group") => ({
  id,
  source,
  sure: true,
});
const numbered = (id: string, sure = true) => ({ id, source: null, sure });

const CUSTOMERS: readonly {
  name: string;
  known: Parameters<typeof customersOfGroup>[0];
  stays: Stay[];
  customers: string[];
}[] = [
  { name: "nobody", known: [], stays: [stay("wm1")], customers: [] },
  {
    name: "who was decided, though not in the group",
    known: [decided("wm1", "group")],
    stays: [],
    customers: ["wm1"],
  },
  {
    name: "who has the number, in the group or once in it",
    known: [numbered("wm1"), numbered("wm2"), numbered("wm3")],
    stays: [stay("wm1"), gone("wm2")],
    customers: ["wm1", "wm2"],
  },
  {
    name: "nobody by a number that many share",
    known: [numbered("wm1", false)],
    stays: [stay("wm1")],
    customers: [],
  },
  {
    name: "beside whom the group was made for, another account that is in it",
    known: [decided("wm1", "group"), numbered("wm2"), numbered("wm3")],
    stays: [gone("wm1"), stay("wm2"), gone("wm3")],
    customers: ["wm1", "wm2"],
  },
  {
    name: "whom somebody chose by hand alone",
    known: [decided("wm1", "hand"), numbered("wm2")],
    stays: [stay("wm2")],
    customers: ["wm1"],
  },
];

for (const { name, known, stays, customers } of CUSTOMERS) {
  Deno.test(`The group's customer is ${name}`, () => {
    assert.deepEqual([...customersOfGroup(known, stays)], customers);
  });
}
