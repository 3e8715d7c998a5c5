/** What a person sees first: from the server, and with what this browser kept. */
import type { Client } from "../bridge.ts";
import type { PageIntent } from "../../flows/schemas.ts";
import type { GroupPageModel } from "../model.ts";
import type { OutboxEntry } from "../outbox.ts";
import { others, several } from "./endings.ts";
import { found } from "./preparing.ts";
import { settling, underWay } from "./recording.ts";
import type { Choosing, Notice, Step } from "./step.ts";
import { choosing, chosenOf, done, news, trouble } from "./transitions.ts";

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
  if (intent) return underWayAtFirst(intent, from);
  if (model.candidates) {
    const asked = others(model.groupName);
    return several(asked, model.candidates, choosing(from.match));
  }
  const customers = chosenOf(from);
  if (model.existing && customers.length > 0) {
    return found({ from, customers }, model.existing);
  }
  if (match?.kind === "syncing") {
    return { at: "syncing", reading: match };
  }
  // An old copy without the customer proves nothing: it is read again first.
  return match?.kind === "known" && match.stale && match.match.status === "none"
    ? { at: "syncing", reading: null }
    : from;
}

function underWayAtFirst(intent: PageIntent, from: Choosing): Step {
  const { intentId, groupName, chatId, mine, status } = intent;
  const customerIds = intent.customerExternalUserIds ??
    [intent.customerExternalUserId];
  const asked = { intentId, groupName, chatId, mine };
  if (status === "searching") return settling(asked, true);
  return mine
    ? {
      at: "unfinished",
      from,
      told: intent.told,
      asked,
      own: { intentId, customerIds },
    }
    : underWay(intent, from);
}

/** What came before: a group that is no more, or a creation without one. */
export function before({ group, ended }: GroupPageModel): Notice | null {
  const said = ended ?? group?.gone;
  return said ? news(said) : null;
}

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
