/** What people read when nobody of theirs matches, by what is known. */
import assert from "node:assert/strict";
import {
  type Reader,
  tellMatch,
  tellWithout,
} from "../../lib/contacts/match_words.ts";

const AT = Date.parse("2026-11-22T04:00:00Z");
const ORDER: Reader["order"] = {
  phoneHashes: ["h"],
  sharedHashes: [],
  designerWxUserId: "chenjing",
  designerName: "陈静",
  projectManagerWxUserId: "wangqiang",
  projectManagerName: "王强",
};
type Known = Parameters<typeof tellMatch>[0];
const MISS: Known = {
  status: "none",
  candidates: [],
  half: false,
  followers: [],
  suggestions: [],
  syncedAt: new Date(AT),
};
const WANG = { wxUserId: "wangqiang", name: "王强" };

type Row = [
  name: string,
  match: Partial<Known>,
  order: Partial<Reader["order"]>,
  viewer: string,
  read: RegExp,
  first: string,
];

const TABLE: Row[] = [
  ["nobody added them", {}, {}, "chenjing", /^您还没有加/, "contact-code"],
  [
    "a userid in another spelling is the designer, too",
    {},
    {},
    "ChenJing",
    /^您还没有加/,
    "contact-code",
  ],
  [
    "a colleague has the customer",
    { followers: [WANG] },
    {},
    "chenjing",
    /^客户在王强的企业微信里/,
    "remind-colleague",
  ],
  [
    "the code was scanned, and waits to be confirmed",
    { half: true, followers: [WANG] },
    {},
    "chenjing",
    /等您通过/,
    "remind-colleague",
  ],
  [
    "somebody of the same name has no number",
    { suggestions: [{}] },
    {},
    "chenjing",
    /只是没写手机号/,
    "contact-code",
  ],
  [
    "the order has no number",
    {},
    { phoneHashes: [] },
    "chenjing",
    /没有完整的手机号/,
    "contact-code",
  ],
  [
    "many people share the number",
    {},
    { sharedHashes: ["h"] },
    "chenjing",
    /认不出是谁/,
    "contact-code",
  ],
  [
    "an operator reads whose contacts were looked through",
    {},
    {},
    "operator",
    /^还没有同事加到.*陈静、王强的联系人/s,
    "contact-code",
  ],
  [
    "a copy of yesterday says how old it is",
    { syncedAt: new Date(AT - 26 * 3_600_000) },
    {},
    "chenjing",
    /26 小时前读取/,
    "contact-code",
  ],
];

for (const [name, match, order, viewer, read, first] of TABLE) {
  Deno.test(`A miss in words: ${name}`, () => {
    const { title, text, ways } = tellMatch({ ...MISS, ...match }, {
      order: { ...ORDER, ...order },
      actor: { wxUserId: viewer },
      at: AT,
    });
    assert.match(`${title}\n${text}`, read);
    const ids = ways.map(({ id }) => id);
    assert.equal(ids[0], first);
    // Only who is on the order adds customers for it; all may pick and refresh.
    assert.equal(ids.includes("add-customer"), viewer !== "operator");
    assert.ok(ids.includes("pick-contact") && ids.includes("refresh-contacts"));
  });
}

Deno.test("An operator shows the designer's code, by name", () => {
  const { ways } = tellMatch(MISS, {
    order: ORDER,
    actor: { wxUserId: "operator" },
    at: AT,
  });
  assert.match(
    ways.find(({ id }) => id === "contact-code")?.title ?? "",
    /陈静/,
  );
});

Deno.test("A code that was scanned is not offered again", () => {
  const { ways } = tellMatch({ ...MISS, half: true }, {
    order: ORDER,
    actor: { wxUserId: "chenjing" },
    at: AT,
  });
  assert.ok(!ways.some(({ id }) => id === "contact-code"));
});

Deno.test("A couple is put in together, and who cannot be is told of", () => {
  const { text } = tellMatch(
    { ...MISS, status: "matched", candidates: [1, 2] },
    {
      order: ORDER,
      actor: { wxUserId: "chenjing" },
      at: AT,
    },
  );
  assert.equal(text, "进群：陈静、王强和 2 位客户");
  const lack = { name: "李女士", phone: "139****0002" };
  assert.match(tellWithout({ ...lack, why: "absent" }), /还不是您的联系人/);
  assert.match(tellWithout({ ...lack, why: "unclear" }), /不止一位/);
});
