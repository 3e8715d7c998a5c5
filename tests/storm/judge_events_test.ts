/** The storm's judge of events sees what it is there for. */
import assert from "node:assert/strict";
import type { OrderEventKind } from "../../lib/orders/events.ts";
import {
  type ChatFacts,
  type IntentFacts,
  judgeBinding,
  judgeIntent,
  judgeMembers,
  judgeQuestions,
  type Told,
} from "./judge_events.ts";

const told = (kind: OrderEventKind, more: Partial<Told> = {}): Told => ({
  orderId: "o1",
  kind,
  chatId: null,
  intentId: "i1",
  via: null,
  detail: {},
  ...more,
});

const intent = (state: string, endReason: string | null = null) =>
  ({
    intentId: "i1",
    orderId: "o1",
    state,
    chatId: null,
    reported: false,
    launched: false,
    asked: false,
    endReason,
  }) satisfies IntentFacts;

const ended = (reason: string) => told("ended", { detail: { reason } });

Deno.test("an intent's events must lead to its state", () => {
  const cases: [string, IntentFacts, Told[], RegExp | null][] = [
    ["open", intent("pending"), [told("prepared")], null],
    [
      "bound after a late report",
      intent("active"),
      [
        told("prepared"),
        ended("not_reported"),
        told("reported"),
        told("bound"),
      ],
      null,
    ],
    [
      "found after its end",
      intent("active"),
      [told("prepared"), ended("not_reported"), told("bound")],
      null,
    ],
    [
      "prepared twice",
      intent("pending"),
      [told("prepared"), told("prepared")],
      /prepared 2 times/,
    ],
    ["untold", intent("pending"), [], /prepared 0 times/],
    [
      "an end untold",
      intent("cancelled", "cancelled"),
      [told("prepared")],
      /is cancelled, told as open/,
    ],
    [
      "two ends",
      intent("cancelled", "cancelled"),
      [told("prepared"), ended("cancelled"), ended("cancelled")],
      /ended while ended/,
    ],
    [
      "a reason that was learnt later",
      intent("expired", "not_reported"),
      [told("prepared"), ended("not_asked"), ended("not_reported")],
      null,
    ],
    [
      "another reason",
      intent("expired", "not_chosen"),
      [told("prepared"), ended("not_asked")],
      /not_asked instead of not_chosen/,
    ],
    [
      "an end after it was bound",
      intent("active"),
      [told("prepared"), told("bound"), ended("cancelled")],
      /ended while bound/,
    ],
    [
      "a report untold",
      { ...intent("searching"), reported: true },
      [told("prepared")],
      /reported untold/,
    ],
    [
      "a question untold",
      { ...intent("searching"), asked: true },
      [told("prepared")],
      /question was asked untold/,
    ],
  ];
  for (const [name, facts, events, wanted] of cases) {
    const found = judgeIntent(facts, events).join("; ");
    if (wanted) assert.match(found, wanted, name);
    else assert.equal(found, "", name);
  }
});

Deno.test("what a person was asked, only a person or a report by id answers", () => {
  const asked = told("question_asked");
  const bound = (via: string) => told("bound", { via, chatId: "c1" });
  assert.deepEqual(judgeQuestions([bound("callback")]), []);
  assert.deepEqual(judgeQuestions([asked, bound("link")]), []);
  const report = told("reported", { chatId: "c1" });
  assert.deepEqual(judgeQuestions([asked, report, bound("callback")]), []);
  // The page's second chat, named to us and verified at once.
  const second = told("bound", {
    via: "record",
    chatId: "c1",
    detail: { evidence: "report" },
  });
  const made = (by: string) => new Map([["c1", by]]);
  assert.deepEqual(judgeQuestions([asked, second], [], made("i1")), []);
  assert.match(
    judgeQuestions([asked, second], [], made("i2")).join(),
    /c1 was bound by record/,
  );
  const other = told("reported", { chatId: "c2" });
  assert.match(
    judgeQuestions([asked, other, bound("callback")]).join(),
    /c1 was bound by callback/,
  );
  assert.match(
    judgeQuestions([bound("callback")], [{ chatId: "c1" }]).join(),
    /nobody was asked/,
  );
  assert.deepEqual(judgeQuestions([bound("link")], [{ chatId: "c1" }]), []);
});

const chat = (more: Partial<ChatFacts> = {}): ChatFacts => ({
  chatId: "c1",
  orderId: "o1",
  owner: "d1",
  dismissed: false,
  members: ["d1"],
  ...more,
});

const ofChat = (kind: OrderEventKind, detail: Told["detail"] = {}) =>
  told(kind, { chatId: "c1", detail });

Deno.test("a binding is told once, and what happens to a group only of a bound one", () => {
  const cases: [string, ChatFacts, Told[], RegExp | null][] = [
    ["bound", chat(), [ofChat("bound")], null],
    [
      "bound again",
      chat(),
      [ofChat("bound"), ofChat("unbound"), ofChat("bound")],
      null,
    ],
    ["untold", chat(), [], /bound untold/],
    ["twice", chat(), [ofChat("bound"), ofChat("bound")], /bound twice/],
    ["lost", chat({ orderId: null }), [ofChat("bound")], /not any more/],
    ["a stranger's", chat({ orderId: null }), [ofChat("joined")], /joined, /],
    [
      "a dissolution untold",
      chat({ dismissed: true }),
      [ofChat("bound")],
      /dismissed untold/,
    ],
    [
      "a dissolution that never was",
      chat(),
      [ofChat("bound"), ofChat("dismissed")],
      /told as dismissed/,
    ],
  ];
  for (const [name, facts, events, wanted] of cases) {
    const found = judgeBinding("o1", facts, events).join("; ");
    if (wanted) assert.match(found, wanted, name);
    else assert.equal(found, "", name);
  }
});

Deno.test("members and owner are as the events tell them", () => {
  const came = (memberId: string) => ofChat("joined", { memberId });
  const went = (memberId: string) => ofChat("left", { memberId });
  const owner = (from: string, to: string) =>
    ofChat("owner_changed", { from, to });
  const cases: [string, ChatFacts, Told[], RegExp | null][] = [
    ["came", chat({ members: ["a"] }), [came("a")], null],
    ["came and went", chat(), [came("a"), went("a")], null],
    ["twice", chat({ members: ["a"] }), [came("a"), came("a")], /joined twice/],
    ["absent", chat(), [came("a")], /a is not in it/],
    ["present", chat({ members: ["a"] }), [went("a")], /a is in it/],
    ["handed on", chat({ owner: "d2" }), [owner("d1", "d2")], null],
    ["another owner", chat(), [owner("d1", "d2")], /has the owner d1/],
    [
      "a change untold",
      chat({ owner: "d4" }),
      [owner("d1", "d2"), owner("d3", "d4")],
      /had the owner d2, not d3/,
    ],
  ];
  for (const [name, facts, events, wanted] of cases) {
    const found = judgeMembers(facts, events).join("; ");
    if (wanted) assert.match(found, wanted, name);
    else assert.equal(found, "", name);
  }
});
