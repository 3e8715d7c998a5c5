/** What people read of an order's group, by who they are and who is in it. */
import assert from "node:assert/strict";
import type { GroupView, MissingMember } from "../../lib/flows/schemas.ts";
import { tellGroup } from "../../lib/groups/group_words.ts";

const AT = "2026-11-22T03:00:00.000Z";
const ORDER = {
  designerWxUserId: "chenjing",
  designerName: "陈静",
  projectManagerWxUserId: "wangqiang",
  projectManagerName: "王强",
  customerName: "王建国",
  storeName: "徐汇店",
};
const EXTRAS = { welcome: "{customerName}您好", next: null };
const NAMES: Record<string, string> = {
  chenjing: "陈静",
  wangqiang: "王强",
  sunli: "孙丽",
  wmWang: "建国",
};

const isCustomer = (id: string) => id.startsWith("wm");

/** In it are `members`; `lacks` are missing, each with why. */
function group(
  members: string[],
  lacks: [id: string, reason: MissingMember["reason"]][],
  over: Partial<GroupView> = {},
): GroupView {
  return {
    ...{ chatId: "wr1", groupName: "王建国-服务群", status: "active" as const },
    owner: { wxUserId: "sunli", name: "孙丽" },
    members: members.map((memberId) => ({
      memberId,
      name: NAMES[memberId] ?? "",
      type: isCustomer(memberId) ? "customer" : "staff",
      joinedAt: AT,
    })),
    customerJoined: members.some(isCustomer),
    createdAt: AT,
    syncedAt: AT,
    missing: lacks.map(([memberId, reason]) => ({
      memberId,
      name: NAMES[memberId] ?? "",
      kind: isCustomer(memberId) ? "customer" : "staff",
      reason,
    })),
    ...over,
  };
}

const ALL = ["sunli", "chenjing", "wangqiang", "wmWang"];

const TABLE: [name: string, view: GroupView, viewer: string, read: string[]][] =
  [
    ["everybody is in it", group(ALL, []), "chenjing", [
      "客户群已建好",
      "「王建国-服务群」，4 人，客户已进群",
    ]],
    [
      "the customer has not come",
      group(["chenjing", "wangqiang"], [["wmWang", "not_joined"]]),
      "ChenJing",
      [
        "群已建好，还有人没进群",
        "「王建国-服务群」，2 人",
        "客户建国还没有进群，请打开群再邀请一次",
      ],
    ],
    [
      "nobody knows who the customer is",
      group(["chenjing", "wangqiang"], []),
      "chenjing",
      ["客户群已建好", "「王建国-服务群」，2 人，客户还没有进群"],
    ],
    [
      "the manager was put on the order later",
      group(["chenjing", "wmWang"], [["wangqiang", "changed_on_order"]]),
      "chenjing",
      [
        "群已建好，还有人没进群",
        "「王建国-服务群」，2 人，客户已进群",
        "项目经理王强是建群以后定的，还不在群里",
      ],
    ],
    [
      "the viewer is missing, and cannot bring others in",
      group(["sunli", "wmWang"], [
        ["wangqiang", "left"],
        ["chenjing", "not_joined"],
      ]),
      "chenjing",
      [
        "群已建好，还有人没进群",
        "「王建国-服务群」，2 人，客户已进群",
        "您还不在群里，请让孙丽把您拉进群",
        "项目经理王强已经退群",
        "请让孙丽打开这个订单，把王强拉进群",
      ],
    ],
    [
      "the owner left the company: somebody else in the group helps",
      group(["sunli", "wangqiang", "wmWang"], [["chenjing", "left"]], {
        ownerStatus: "owner_left",
      }),
      "chenjing",
      [
        "群已建好，还有人没进群",
        "「王建国-服务群」，3 人，客户已进群",
        "您已经退群，请让王强把您拉进群",
      ],
    ],
    [
      "whoever took the group over helps, like every owner",
      group(["sunli", "wangqiang", "wmWang"], [["chenjing", "left"]], {
        ownerStatus: "transferred",
      }),
      "chenjing",
      [
        "群已建好，还有人没进群",
        "「王建国-服务群」，3 人，客户已进群",
        "您已经退群，请让孙丽把您拉进群",
      ],
    ],
    [
      "somebody who is in no way in it looks",
      group(["chenjing"], [["wmWang", "left"]], { groupName: " " }),
      "operator",
      [
        "群已建好，还有人没进群",
        "「未命名的群」，1 人",
        "客户建国已经退群",
      ],
    ],
  ];

for (const [name, view, viewer, read] of TABLE) {
  Deno.test(`A group in words: ${name}`, () => {
    const { title, text, notes } = tellGroup(view, ORDER, viewer, EXTRAS);
    assert.deepEqual([title, text, ...notes], read);
  });
}

Deno.test("Who is not in the group can neither open it nor add anybody", () => {
  const outside = (viewer: string, ...lacks: string[]) =>
    tellGroup(
      group(["chenjing"], lacks.map((id) => [id, "not_joined"])),
      ORDER,
      viewer,
      EXTRAS,
    ).outside;
  assert.equal(outside("CHENJING"), false);
  assert.equal(outside("operator"), true);
  assert.equal(outside("wangqiang", "wangqiang"), true);
});
