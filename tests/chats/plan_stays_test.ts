/**
 * What an answer and events make of somebody's stays, by name. Times are seconds
 * after the group was made; events come in any order, and so they are given in
 * every order here.
 */
import assert from "node:assert/strict";
import type { Stay } from "../../lib/chats/stay.ts";
import {
  type Basis,
  planStays,
  type StayChanges,
} from "../../lib/chats/stays.ts";
import { assume } from "../../lib/chats/stay_times.ts";
import type { Move, QuitScene, ToldMoves } from "../../lib/chats/told_moves.ts";
import type { GroupChat } from "../../lib/wecom/mod.ts";

const CREATED = Date.parse("2026-11-20T02:00:00Z");
const at = (seconds: number) => CREATED + seconds * 1_000;

/** `10-20 left`: from 10 s to 20 s; `~10-`: since 10 s, as it was assumed. */
function stay(text: string): Stay {
  const [time = "", scene] = text.split(" ");
  const [from = "", to = ""] = time.split("-");
  const began = at(Number(from.replace("~", "")));
  return {
    memberId: "wm1",
    type: "external",
    name: "王女士",
    state: null,
    joinedAt: from.startsWith("~") ? assume(began) : began,
    leftAt: to === "" ? null : at(Number(to)),
    quitScene: (scene ?? null) as QuitScene | null,
  };
}

function textOf({ joinedAt, leftAt, quitScene }: Stay): string {
  const seconds = (ms: number) => Math.ceil((ms - CREATED) / 1_000);
  const mark = joinedAt % 1_000 === 0 ? "" : "~";
  const end = leftAt === null ? "" : seconds(leftAt);
  const scene = quitScene === null ? "" : ` ${quitScene}`;
  return `${mark}${seconds(joinedAt)}-${end}${scene}`;
}

/**
 * `+20`: joined at 20 s; `-20`: left; `+20 a1`: the second step of chain a, `+20
 * a1?`: one that goes by other events; `+20 away30`: by 30 s the person was away
 * again.
 */
function move(text: string): Move {
  const [what = "", more] = text.split(" ");
  const [, away] = /^away(\d+)$/.exec(more ?? "") ?? [];
  const step = away ? undefined : more;
  const place = step
    ? {
      chain: step.slice(0, 1),
      index: Number(step.slice(1, 2)),
      isSure: !step.endsWith("?"),
    }
    : null;
  const told = { memberId: "wm1", at: at(Number(what.slice(1))), place };
  return what.startsWith("+")
    ? {
      kind: "joined",
      ...told,
      scene: "invited",
      awayBy: away ? at(Number(away)) : null,
    }
    : { kind: "left", ...told, scene: "left" };
}

/** `there 20`: joined at 20 s; `there`: WeCom does not say when; `away`. */
function answer(text: string): Basis {
  if (text === "told" || text === "dissolved") return { kind: text };
  const [what, since] = text.split(" ");
  const chat: GroupChat = {
    chatId: "wr1",
    name: "群",
    ownerWxUserId: "d1",
    createTime: CREATED,
    memberVersion: null,
    members: what !== "there" ? [] : [{
      userId: "wm1",
      type: "external",
      joinTime: since ? at(Number(since)) : 0,
      joinScene: "unknown",
      invitorWxUserId: null,
      name: "王女士",
      groupNickname: "",
      state: null,
    }],
    notice: "",
    adminWxUserIds: [],
    dropped: what === "lossy" ? ["member"] : [],
  };
  return { kind: "answer", chat, readAt: at(READ) };
}

/** The answer is read at this second; the one before it was at 50 s. */
const READ = 1_000;

const plan = (
  known: readonly Stay[],
  basis: Basis,
  told: ToldMoves,
): StayChanges =>
  planStays(known, { createdAt: CREATED, seenAt: at(50) }, basis, told);

function after(known: readonly Stay[], changes: StayChanges): Stay[] {
  const changed = new Map(
    [...changes.ended, ...changes.reopened, ...changes.corrected]
      .map(({ was, now }) => [was, now]),
  );
  const begun = changes.begun.map((one): Stay => ({
    ...one,
    type: one.type ?? "external",
    name: one.name ?? "",
  }));
  return [...known.map((one) => changed.get(one) ?? one), ...begun]
    .sort((a, b) => a.joinedAt - b.joinedAt);
}

function* orders<T>(all: readonly T[]): Generator<T[]> {
  if (all.length === 0) yield [];
  for (const [index, one] of all.entries()) {
    for (const rest of orders(all.toSpliced(index, 1))) yield [one, ...rest];
  }
}

type Case = [
  name: string,
  known: string[],
  told: string[],
  answer: string,
  after: string[],
];

const CASES: Case[] = [
  ["nothing new", ["0-"], [], "there 0", ["0-"]],
  ["somebody came", [], [], "there 20", ["20-"]],
  ["somebody is gone, and nobody told", ["0-"], [], "away", ["0-1000"]],
  ["an event told the end", ["0-"], ["-30"], "away", ["0-30 left"]],
  ["a row that was not understood ends nothing", ["0-"], [], "lossy", ["0-"]],
  ["came and went between two readings", [], ["+30", "-40"], "away", [
    "30-40 left",
  ]],
  [
    "the end of an earlier stay comes late",
    ["0-60", "70-"],
    ["-40"],
    "there 70",
    [
      "0-40 left",
      "70-",
    ],
  ],
  ["a second end is of no stay", ["0-30 left"], ["-30", "-40"], "away", [
    "0-30 left",
  ]],
  ["a time of joining some seconds after the event", [], ["+55"], "there 58", [
    "58-",
  ]],
  ["away in these seconds, as versions prove", [], ["+55 away58"], "there 58", [
    "55-58",
    "58-",
  ]],
  [
    "the same of a stay that was assumed",
    ["~55-"],
    ["+55 away58"],
    "there 58",
    [
      "~55-58",
      "58-",
    ],
  ],
  ["the same of the second stay alone", ["58-"], ["+55 away58"], "told", [
    "55-58",
    "58-",
  ]],
  ["back, and nobody told of the end", ["0-"], [], "there 60", ["0-60", "60-"]],

  // Who is there comes only when one stay ended and another began.
  [
    "left, came, left: the first and the last event are lost",
    ["0-"],
    [
      "+300",
    ],
    "away",
    ["0-300", "300-1000"],
  ],
  [
    "the same where the answer has the second stay",
    ["0-"],
    ["+300"],
    "there 300",
    [
      "0-300",
      "300-",
    ],
  ],
  [
    "the same where the answer does not say since when",
    ["0-"],
    [
      "+300",
    ],
    "there",
    ["0-300", "~300-"],
  ],
  ["the same where the group is gone by now", ["0-"], ["+300"], "dissolved", [
    "0-300",
    "300-",
  ]],
  [
    "the same where it had been noticed that nobody is there",
    ["0-500"],
    [
      "+300",
    ],
    "away",
    ["0-300", "300-500"],
  ],
  ["the middle event is lost", ["0-"], ["-200", "-400"], "away", [
    "0-200 left",
  ]],
  ["the first event is lost", ["0-"], ["+300", "-400"], "away", [
    "0-300",
    "300-400 left",
  ]],
  ["the last event is lost", ["0-"], ["-200", "+300"], "away", [
    "0-200 left",
    "300-1000",
  ]],
  ["all events", ["0-"], ["-200", "+300", "-400"], "away", [
    "0-200 left",
    "300-400 left",
  ]],
  [
    "all events, the last was settled before",
    ["0-400 left"],
    [
      "-200",
      "+300",
      "-400",
    ],
    "away",
    ["0-200 left", "300-400 left"],
  ],
  [
    "the arrival comes after the end was settled, and forgotten",
    [
      "0-400 left",
    ],
    ["+300"],
    "away",
    ["0-300", "300-400 left"],
  ],
  [
    "the first end comes after that",
    ["0-300", "300-400 left"],
    [
      "-200",
    ],
    "away",
    ["0-200 left", "300-400 left"],
  ],
  ["two arrivals, and no end of either", ["0-"], ["+300", "+400"], "away", [
    "0-300",
    "300-400",
    "400-1000",
  ]],

  // Within one second.
  ["came and went within a second", [], ["+300", "-300"], "away", [
    "300-300 left",
  ]],
  ["left and came within a second", ["0-"], ["-300", "+300"], "there 300", [
    "0-300 left",
    "300-",
  ]],
  [
    "left, came and left within a second",
    ["0-"],
    [
      "-300",
      "+300",
      "-300",
    ],
    "away",
    ["0-300 left", "300-300 left"],
  ],
  [
    "left and came within a second, and left later",
    ["0-"],
    [
      "-300",
      "+300",
      "-400",
    ],
    "away",
    ["0-300 left", "300-400 left"],
  ],
  [
    "versions tell that it was another stay that came and went",
    ["0-"],
    [
      "+300 a0",
      "-300 a1",
    ],
    "away",
    ["0-300", "300-300 left"],
  ],
  [
    "versions tell that somebody left and came",
    [],
    [
      "-300 a0",
      "+300 a1",
    ],
    "away",
    ["300-1000"],
  ],
  [
    "the end is settled, the arrival of the same second comes late",
    [
      "0-100 left",
    ],
    ["-100", "-300", "+300"],
    "away",
    ["0-100 left", "300-300 left"],
  ],
  [
    "came, left and came within a second: the later stay counts",
    [],
    [
      "+300 a0",
      "-300 a1",
      "+300 a2",
    ],
    "there 300",
    ["300-"],
  ],

  // Beginnings that were assumed.
  ["assumed with the group, and told later", ["~0-"], ["+30"], "there", [
    "~30-",
  ]],
  [
    "assumed with the group, and seen before that event",
    ["~0-"],
    [
      "+300",
    ],
    "there",
    ["~0-300", "~300-"],
  ],
  ["assumed when it was first seen", ["~300-"], ["+200"], "there", ["~200-"]],
  ["told some seconds off", [], ["+30"], "there 33", ["33-"]],
  [
    "told exactly, of two within seconds",
    ["30-"],
    [
      "+30",
      "-31",
      "+33",
    ],
    "there 33",
    ["30-31 left", "33-"],
  ],
  [
    "an arrival that an answer has moved by some seconds is known",
    ["33-40 left"],
    [
      "+30",
      "-40",
    ],
    "away",
    ["33-40 left"],
  ],

  // From events alone.
  ["events alone: somebody comes", [], ["+300"], "told", ["~300-"]],
  ["events alone: somebody goes", ["0-"], ["-300"], "told", ["0-300 left"]],
  [
    "events alone: back in the second of the end",
    ["0-300 left"],
    [
      "+300",
    ],
    "told",
    ["0-300 left", "~300-"],
  ],

  // Thought over.
  ["an answer had lagged", ["0-400"], [], "there 0", ["0-"]],
  [
    "an answer had lagged, though an event told",
    ["0-400 left"],
    [
      "-400",
    ],
    "there 0",
    ["0-"],
  ],
  [
    "back at an unknown time, after an end that was told",
    ["0-400 left"],
    [
      "-400",
    ],
    "there",
    ["0-400 left", "~1000-"],
  ],
  [
    "back at an unknown time, after an end that an event tells now",
    ["0-400"],
    [
      "-395",
    ],
    "there",
    ["0-395 left", "~1000-"],
  ],
  [
    "came and went in one second, came again unheard, and left: the last version says otherwise",
    ["20-20 left", "60-"],
    ["-20 a0?", "+20 a1?", "-90"],
    "away",
    ["20-20 left", "60-90 left"],
  ],
  [
    "the same, with an answer between that shows when it began",
    [],
    ["-20 a0?", "+20 a1?"],
    "there 60",
    ["20-20 left", "60-"],
  ],
  [
    "left and came back in one second, as other events say, with none of them lost",
    [],
    ["+10", "-20 a0?", "+20 a1?"],
    "there 20",
    ["10-20 left", "20-"],
  ],
  [
    "left and came back in one second, who was there when the group was made",
    ["0-"],
    ["-20 a0?", "+20 a1?"],
    "there 20",
    ["0-20 left", "20-"],
  ],
];

for (const [name, known, told, shown, expected] of CASES) {
  Deno.test(`Stays: ${name}`, () => {
    for (const moves of orders(told.map(move))) {
      const before = known.map(stay);
      const stays = after(before, plan(before, answer(shown), moves));
      assert.deepEqual(stays.map(textOf), expected);
      // Told and read once more, it is the same.
      const again = plan(stays, answer(shown), moves);
      assert.deepEqual(after(stays, again).map(textOf), expected, "again");
    }
  });
}

Deno.test("What changed is told by its kind", () => {
  const kinds = (known: string[], told: string[], shown: string) => {
    const changes = plan(known.map(stay), answer(shown), told.map(move));
    return Object.entries(changes).flatMap(([kind, of]) =>
      of.length > 0 ? [kind] : []
    );
  };
  assert.deepEqual(kinds(["0-"], [], "there 0"), []);
  assert.deepEqual(kinds([], [], "there 0"), ["begun"]);
  assert.deepEqual(kinds(["0-"], [], "away"), ["ended"]);
  assert.deepEqual(kinds(["0-"], [], "there 60"), ["begun", "ended"]);
  assert.deepEqual(kinds(["0-400"], [], "there 0"), ["reopened"]);
  assert.deepEqual(kinds(["0-400"], ["-395"], "away"), ["corrected"]);
  assert.deepEqual(kinds(["~0-"], [], "there 20"), ["corrected"]);
});
