/**
 * The pure half of the page: from a step and what happened to the next step.
 */
import type {
  Candidate,
  GroupView,
  Linked,
  MatchView,
  PrepareAnswer,
  RecordAnswer,
} from "../../flows/schemas.ts";
import type { Result } from "../api.ts";
import type { Client } from "../bridge.ts";
import type { GroupPageModel, Problem } from "../model.ts";
import { chatName } from "../names.ts";
import type { OutboxEntry } from "../outbox.ts";
import { ended, several } from "./endings.ts";
import type { Again, Asked, At, Choosing, Notice, Step } from "./step.ts";

/** What a person reads on the server's page, before any script ran. */
export function firstStep(model: GroupPageModel): Step {
  const { group, intent, match } = model;
  if (group?.status === "active") return done(group);
  const from = choosing(
    match?.kind === "known" ? match.match : null,
    match?.kind === "failed"
      ? trouble(match.problem, { act: "match" })
      : before(model),
  );
  if (intent) {
    const asked: Asked = {
      intentId: intent.intentId,
      groupName: intent.groupName,
      chatId: intent.chatId,
      mine: intent.mine,
    };
    if (intent.status === "searching") return settling(asked, true);
    return intent.mine
      ? {
        at: "unfinished",
        from,
        asked,
        customerId: intent.customerExternalUserId,
      }
      : occupied(from, intent.byName);
  }
  if (model.candidates) {
    const groupName = model.groupName ?? "";
    const asked = { intentId: "", groupName, chatId: null, mine: false };
    return several(asked, model.candidates, choosing(from.match));
  }
  if (match?.kind === "syncing") {
    return { at: "syncing", seen: match.seen, expected: match.expected };
  }
  // An old copy without the customer proves nothing: it is read again first.
  return match?.kind === "known" && match.stale && match.match.status === "none"
    ? { at: "syncing", seen: 0, expected: null }
    : from;
}

/** What came before: a group that is no more, or a creation without one. */
export function before({ group, ended }: GroupPageModel): Notice | null {
  if (ended) return news(ended);
  return group?.status === "dismissed"
    ? news(dissolved(group.groupName))
    : null;
}

const dissolved = (groupName: string) =>
  `原来的群「${chatName(groupName)}」已解散，可以重新建群`;

/** The same, with what only the browser knows. */
export function startStep(
  model: GroupPageModel,
  client: Client,
  left: OutboxEntry | null,
): Step {
  const first = firstStep(model);
  if (first.at === "done") return first;
  if (client === "outside") return { at: client, copied: null };
  if (client === "old") return { at: client };
  // What the client made before the page died is told first.
  return left?.made
    ? settling({
      intentId: left.intentId,
      chatId: left.chatId,
      groupName: model.intent?.groupName ?? "",
      mine: true,
    }, false)
    : first;
}

export function choosing(
  match: MatchView | null,
  notice: Notice | null = null,
): Choosing {
  return {
    at: "choosing",
    match,
    chosen: match?.status === "matched"
      ? match.candidates[0]?.externalUserId ?? null
      : null,
    busy: null,
    notice,
  };
}

export const news = (text: string): Notice => ({ kind: "news", text });

export const trouble = (problem: Problem, again: Again | null): Notice => ({
  kind: "problem",
  problem,
  again,
});

/** A contact picked by hand takes the place of the match. */
export function linked(
  { from, customer, write }: At<"picking">,
  { writtenBack, msg }: Linked,
  orderPhone: string,
): Choosing {
  const phone = writtenBack ? orderPhone : customer.phone;
  const said = writtenBack
    ? "已选好，订单手机号也写进了备注"
    : write && msg
    ? `已选好这位客户。${msg}`
    : "已选好这位客户";
  return choosing(
    {
      followers: [],
      syncedAt: null,
      ...from.match,
      status: "matched",
      candidates: [{ ...customer, phone }],
      suggestions: [],
    },
    news(said),
  );
}

export function customerOf({ match, chosen }: Choosing): Candidate | null {
  return match?.candidates.find(({ externalUserId }) =>
    externalUserId === chosen
  ) ?? null;
}

/** The server's answer to `group.prepare`, while the sheet is open. */
export function prepared(
  step: At<"confirming">,
  answer: Result<PrepareAnswer>,
  force: boolean,
  nameOf: (wxUserId: string | undefined) => string,
): Step {
  const { from } = step;
  if (answer.ok) {
    if (!("existing" in answer.data)) return { ...step, prepared: answer.data };
    const { existing } = answer.data;
    return existing.linkable
      ? { at: "existing", from, existing, busy: null, problem: null }
      : done(existing);
  }
  const { problem } = answer;
  if (problem.error === "GROUP_ALREADY_EXISTS") {
    // Somebody was quicker: what the server has is shown.
    return settling(
      { intentId: "", groupName: "", chatId: null, mine: false },
      true,
    );
  }
  if (problem.error !== "GROUP_IN_PROGRESS") {
    return { ...from, notice: trouble(problem, { act: "prepare", force }) };
  }
  const { intentId, customerExternalUserId, byWxUserId, status } =
    (problem.details ?? {}) as {
      /** These two only when the creation is one's own. */
      intentId?: string;
      customerExternalUserId?: string;
      byWxUserId?: string;
      status?: string;
    };
  const asked = {
    intentId: intentId ?? "",
    groupName: "",
    chatId: null,
    mine: !!intentId,
  };
  return status === "searching" ? settling(asked, true) : intentId
    ? {
      at: "unfinished",
      from,
      asked,
      customerId: customerExternalUserId ?? null,
    }
    : occupied(from, nameOf(byWxUserId));
}

function occupied(from: Choosing, byName: string): At<"occupied"> {
  return { at: "occupied", from, byName, look: null, problem: null };
}

export function settling(asked: Asked, recorded: boolean): At<"settling"> {
  return { at: "settling", asked, recorded, long: false, problem: null };
}

/** The server's answer to `group.record`, `group.link` or `group.get`. */
export function recorded(
  step: At<"settling">,
  answer: Result<RecordAnswer | GroupView>,
): Step {
  if (!answer.ok) {
    const { problem } = answer;
    const { candidates } = ended(problem);
    if (candidates) return several(step.asked, candidates, choosing(null));
    // Nothing to see yet of another person's group is no problem.
    return {
      ...step,
      problem: isAwaited(problem, step.asked) ? null : problem,
    };
  }
  const { chatId, groupName, status } = answer.data;
  if (status === "active") return done(answer.data);
  if (status === "dismissed") {
    const msg = dissolved(groupName);
    const details = { reason: "dismissed" } as const;
    return { ...step, problem: { error: "GROUP_NOT_FOUND", msg, details } };
  }
  const { passed = [] } = step.asked;
  const asked = {
    ...step.asked,
    groupName,
    chatId: chatId ?? step.asked.chatId,
  };
  const { candidates = [] } = answer.data as GroupView;
  return candidates.some((one) => !passed.includes(one.chatId))
    ? several(asked, candidates)
    : { ...step, asked, recorded: true, problem: null };
}

function isAwaited(problem: Problem, { mine }: Asked): boolean {
  return problem.error === "GROUP_NOT_FOUND" && !mine && !ended(problem).reason;
}

/** The server said no for good: sending the same again cannot help. */
export function isFinal({ error, details }: Problem): boolean {
  // WeCom's data lags: a chat that does not check out yet may do so later.
  if (error === "CHAT_REJECTED") {
    return (details as { final?: boolean })?.final !== false;
  }
  return [
    "CHAT_BOUND_TO_OTHER_ORDER",
    "GROUP_ALREADY_EXISTS",
    "GROUP_NOT_FOUND",
    "ORDER_NOT_FOUND",
    "FORBIDDEN",
    "VALIDATION_FAILED",
  ].includes(error);
}

export function done(group: At<"done">["group"]): At<"done"> {
  return { at: "done", group, busy: false, problem: null, hint: null };
}
