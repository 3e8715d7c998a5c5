/** Whether a chat is what was prepared, by name: who is whom, and who lacks. */
import assert from "node:assert/strict";
import { checkChat, type Refusal, type Seen } from "../../lib/groups/verify.ts";

const EXPECTED = {
  createdBy: "zhangsan",
  userIds: ["zhangsan", "lisi"],
  externalUserIds: ["wmCASE0001"],
};

function chat(
  owner: string,
  staff: string[],
  customers: string[] = ["wmCASE0001"],
): Seen {
  return {
    ownerWxUserId: owner,
    members: [
      ...staff.map((userId) => ({ userId, type: "member" as const })),
      ...customers.map((userId) => ({ userId, type: "external" as const })),
    ],
  };
}

const missing = (...missing: string[]): Refusal => ({
  reason: "missing_members",
  missing,
});
const FOREIGN: Refusal = { reason: "foreign_owner" };

const CASES: readonly [name: string, chat: Seen, refusal: Refusal | null][] = [
  ["as prepared", chat("zhangsan", ["zhangsan", "lisi"]), null],
  ["as WeCom spells them", chat("ZhangSan", ["ZhangSan", "LiSi"]), null],
  ["in capitals", chat("LISI", ["ZHANGSAN", "LISI"]), null],
  ["owned by somebody else", chat("WangWu", ["ZhangSan", "LiSi"]), FOREIGN],
  ["without a colleague", chat("ZhangSan", ["ZhangSan"]), missing("lisi")],
  [
    "with somebody of a longer name",
    chat("ZhangSan", ["ZhangSan", "LiSi2"]),
    missing("lisi"),
  ],
  [
    "with another customer whose id differs in case alone",
    chat("ZhangSan", ["ZhangSan", "LiSi"], ["wmcase0001"]),
    missing("wmCASE0001"),
  ],
  [
    "with a customer whose id is a colleague's but for its case",
    chat("ZhangSan", ["ZhangSan"], ["wmCASE0001", "LISI"]),
    missing("lisi"),
  ],
];

for (const [name, seen, refusal] of CASES) {
  Deno.test(`A chat ${name} is ${refusal?.reason ?? "taken"}`, () => {
    assert.deepEqual(checkChat(seen, EXPECTED), refusal);
  });
}
