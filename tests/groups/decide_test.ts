/** The one decision, as a table: what is bound by itself, and what is asked. */
import assert from "node:assert/strict";
import type { ChatAround } from "../../lib/chats/around.ts";
import { decide, LATE_MS, SKEW_MS } from "../../lib/groups/decide.ts";
import { type Intent, LEASE_MS } from "../../lib/groups/intent.ts";

const MINUTE = 60_000;
const T = Date.UTC(2026, 10, 26, 2);

function intent(orderId: string, over: Partial<Intent> = {}): Intent {
  const createdAt = over.createdAt ?? new Date(T);
  const made: Intent = {
    intentId: `of-${orderId}`,
    orderId,
    createdBy: "d1",
    customerExternalUserId: "wm1",
    userIds: ["d1", "p1"],
    externalUserIds: ["wm1"],
    groupName: "王女士-服务群",
    attempt: `page-${orderId}`,
    chatId: null,
    reportedAt: null,
    expiresAt: new Date(createdAt.getTime() + LEASE_MS),
    createdAt,
    missedAt: null,
    askedAt: null,
    openedReading: 100,
    state: "launched",
    launchedAt: createdAt,
  };
  return Object.assign(made, over);
}

function chat(chatId: string, over: Partial<ChatAround> = {}): ChatAround {
  return {
    chatId,
    orderId: null,
    name: "王女士-服务群",
    firstName: "王女士-服务群",
    ownerWxUserId: "d1",
    createTime: T + 5_000,
    firstReading: 200,
    syncedAt: T + MINUTE,
    members: [
      { userId: "d1", type: "member" },
      { userId: "p1", type: "member" },
      { userId: "wm1", type: "external" },
    ],
    ...over,
  };
}

const A = intent("A");
const bound = (orderId: string, boundAt: number, chatId: string) =>
  intent(orderId, { state: "bound", boundAt: new Date(boundAt), chatId });

const TABLE: [
  sentence: string,
  of: Intent,
  chats: ChatAround[],
  others: Intent[],
  want: string,
][] = [
  ["no group fits", A, [], [], "nothing"],
  ["one group, one order", A, [chat("c1")], [], "bind c1"],
  [
    "a group without the customer does not fit",
    A,
    [
      chat("c1", { members: [{ userId: "d1", type: "member" }] }),
    ],
    [],
    "nothing",
  ],
  [
    "a group of somebody else's does not fit",
    A,
    [
      chat("c1", { ownerWxUserId: "d9" }),
    ],
    [],
    "nothing",
  ],
  [
    "seen before the creation was begun",
    A,
    [
      chat("c1", { firstReading: 99 }),
    ],
    [],
    "nothing",
  ],
  [
    "made long before",
    A,
    [
      chat("c1", { createTime: T - SKEW_MS - 1_000 }),
    ],
    [],
    "nothing",
  ],
  [
    "made a day after the lease",
    A,
    [
      chat("c1", { createTime: T + LEASE_MS + LATE_MS + 1_000 }),
    ],
    [],
    "nothing",
  ],
  ["two groups fit one order", A, [chat("c1"), chat("c2")], [], "ask c1 c2"],
  [
    "two fit, one has the name that was asked for",
    A,
    [
      chat("c1"),
      chat("c2", { firstName: "别的" }),
    ],
    [],
    "bind c1",
  ],
  [
    "the name it has now proves nothing",
    A,
    [
      chat("c1", { name: "别的" }),
      chat("c2"),
    ],
    [],
    "ask c1 c2",
  ],
  [
    "a person was asked: nothing is bound by itself",
    {
      ...A,
      askedAt: new Date(T),
    },
    [chat("c1")],
    [],
    "ask c1",
  ],
  ["another order could have made it", A, [chat("c1")], [
    intent("B"),
  ], "ask c1"],
  ["another order asked for another name", A, [chat("c1")], [
    intent("B", { groupName: "另一个名字" }),
  ], "bind c1"],
  ["neither name is the group's", A, [chat("c1", { firstName: "别的" })], [
    intent("B", { groupName: "另一个名字" }),
  ], "ask c1"],
  ["another order's is for another customer", A, [chat("c1")], [
    intent("B", { externalUserIds: ["wm2"] }),
  ], "bind c1"],
  ["another order's lease was over by then", A, [chat("c1")], [
    intent("B", { createdAt: new Date(T - LEASE_MS - 3 * MINUTE) }),
  ], "bind c1"],
  ["another order had its group before this began", A, [chat("c1")], [
    bound("B", T - 30_000, "c9"),
  ], "bind c1"],
  [
    "another order got its group since: its page may have made two",
    A,
    [
      chat("c1"),
    ],
    [bound("B", T + 9_000, "c9")],
    "ask c1",
  ],
  ["another order's cancelled creation may have made it", A, [chat("c1")], [
    intent("B", {
      state: "ended",
      reason: "cancelled",
      endedAt: new Date(T + 3_000),
    }),
  ], "ask c1"],
  [
    "one that looks older: whatever was under way then",
    A,
    [
      chat("c1", { createTime: T - MINUTE }),
    ],
    [bound("B", T - 50_000, "c9")],
    "ask c1",
  ],
  [
    "one that looks older, and nobody else",
    A,
    [
      chat("c1", { createTime: T - MINUTE }),
    ],
    [],
    "bind c1",
  ],
  [
    "another order has one of the two",
    A,
    [
      chat("c1", { orderId: "B" }),
      chat("c2"),
    ],
    [],
    "ask c2",
  ],
  ["others have all that fit", A, [chat("c1", { orderId: "B" })], [], "ask"],
  [
    "userids in another case are the same people",
    A,
    [
      chat("c1", {
        ownerWxUserId: "D1",
        members: [
          { userId: "D1", type: "member" },
          { userId: "P1", type: "member" },
          { userId: "wm1", type: "external" },
        ],
      }),
    ],
    [],
    "bind c1",
  ],
];

for (const [sentence, of, chats, others, want] of TABLE) {
  Deno.test(`Deciding: ${sentence}`, () => {
    const decision = decide(of, chats, others);
    const got = decision.kind === "bind"
      ? `bind ${decision.chatId}`
      : decision.kind === "ask"
      ? ["ask", ...decision.chatIds].join(" ")
      : "nothing";
    assert.equal(got, want);
  });
}

Deno.test("Deciding: two orders and two groups of theirs are two questions", () => {
  const B = intent("B");
  const chats = [chat("c1"), chat("c2")];
  assert.deepEqual(decide(A, chats, [A, B]), {
    kind: "ask",
    chatIds: ["c1", "c2"],
  });
  assert.deepEqual(decide(B, chats, [A, B]), {
    kind: "ask",
    chatIds: ["c1", "c2"],
  });
});
