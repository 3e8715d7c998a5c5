/** Who is who in a group, by the ids that answers, events and rows give. */
import assert from "node:assert/strict";
import { asKnown, memberKeys } from "../../lib/chats/member_ids.ts";
import type { GroupMember } from "../../lib/wecom/mod.ts";

const KNOWN = [
  { userId: "ZhangSan", type: "member" },
  { userId: "WoLi", type: "member" },
  { userId: "wmAAA1", type: "external" },
] as const;

const SAME: readonly [name: string, one: string, other: string, is: boolean][] =
  [
    ["staff in another case", "ZhangSan", "zhangsan", true],
    ["staff who are not known", "LiSi", "LISI", true],
    ["staff whose id begins as a customer's", "WoLi", "woli", true],
    ["a customer", "wmAAA1", "wmAAA1", true],
    ["customers that differ in case alone", "wmAAA1", "wmaaa1", false],
    ["unknown customers that differ in case alone", "wmB", "wmb", false],
    ["two people", "ZhangSan", "LiSi", false],
  ];

for (const [name, one, other, is] of SAME) {
  Deno.test(`Ids of an event: ${name} are ${is ? "one" : "two"}`, () => {
    const keyOf = memberKeys(KNOWN);
    assert.equal(keyOf(one) === keyOf(other), is);
  });
}

function member(userId: string, type: GroupMember["type"]): GroupMember {
  return {
    userId,
    type,
    joinTime: 0,
    joinScene: "unknown",
    invitorWxUserId: null,
    name: "",
    groupNickname: "",
    state: null,
  };
}

Deno.test("A person keeps the spelling of the stays there are, a customer the own one", () => {
  const stays = [
    { memberId: "ZhangSan", type: "member" as const },
    { memberId: "zhangsan", type: "member" as const },
    { memberId: "wmAAA1", type: "external" as const },
  ];
  const answered = [
    member("ZHANGSAN", "member"),
    member("zhangSan", "member"),
    member("LiSi", "member"),
    member("wmaaa1", "external"),
  ];
  const ids = ["zhangSAN", "lisi", "wmAAA1", "wmaaa1", "WangWu"];
  const { members, told } = asKnown(
    stays,
    answered,
    ids.map((memberId) => ({ kind: "left", memberId, at: 0, scene: null })),
  );
  assert.deepEqual([...members.keys()], ["ZhangSan", "LiSi", "wmaaa1"]);
  assert.deepEqual(told.map((one) => one.memberId), [
    "ZhangSan",
    "LiSi",
    "wmAAA1",
    "wmaaa1",
    "WangWu",
  ]);
});
