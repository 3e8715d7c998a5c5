/**
 * Everything a person can do on the page. What is impure (server, client,
 * storage, clock) is handed in, so the whole page is tested without a browser.
 */
import type { Api } from "./api.ts";
import type { Bridge, Client } from "./bridge.ts";
import { createContactActions } from "./contact_actions.ts";
import { createGroupActions } from "./group_actions.ts";
import { createDelivery } from "./delivery.ts";
import type { GroupPageModel, Problem } from "./model.ts";
import type { Outbox } from "./outbox.ts";
import { createStage } from "./stage.ts";
import type { Again, Step } from "./state/step.ts";
import { before, startStep } from "./state/transitions.ts";

/** Milliseconds until WeCom's list may show what the client made just now. */
const LOOK_AFTER = 2_000;

export interface Deps {
  model: GroupPageModel;
  client: Client;
  /** Whether this client can put colleagues into a group. */
  canInvite: boolean;
  api: Api;
  /** Made here, since its problems are shown here. */
  bridge: (onProblem: (problem: Problem | null) => void) => Bridge;
  outbox: Outbox;
  draw: (step: Step) => void;
  /** Puts the page's address into the clipboard; throws where it may not. */
  copy: () => Promise<void>;
  now: () => number;
  /** Milliseconds. */
  sleep: (ms: number) => Promise<void>;
}

export type Actions = ReturnType<typeof createActions>;

export function createActions(deps: Deps) {
  const { model, client, api, outbox } = deps;
  const { orderId } = model.order;
  const stage = createStage(model, deps.draw);
  const bridge = deps.bridge(stage.registration);
  const contacts = createContactActions(stage, api, bridge);
  const { send, deliver } = createDelivery(deps);
  const group = createGroupActions(stage, contacts, { ...deps, bridge, send });

  /** Takes over from the server's page: what was left undone comes first. */
  function start(): void {
    stage.show(startStep(model, client, outbox.get(orderId)));
    const { step } = stage;
    if (step.at === "done") outbox.drop(orderId);
    online();
    if (client === "outside" || client === "old") return;
    if (model.signing) void bridge.start();
    const stale = model.match?.kind === "known" && model.match.stale;
    if (step.at === "done") group.visible();
    else if (step.at === "settling") void group.settle();
    else if (step.at === "syncing") void contacts.sync(stale, before(model));
    // The client had been asked: the group may turn up any moment.
    else if (step.at === "unfinished" && outbox.get(orderId)) {
      void deps.sleep(LOOK_AFTER).then(() => {
        if (stage.step.at === "unfinished") void group.recheck();
      });
    } else if (step.at === "choosing" && (step.match ? stale : !step.notice)) {
      void contacts.sync(stale, before(model));
    }
  }

  /** For whoever opened the link elsewhere. */
  async function copy(): Promise<void> {
    let copied = true;
    await deps.copy().catch(() => copied = false);
    stage.show({ at: "outside", copied });
  }

  function retry({ act, ...input }: Again): void {
    if (act === "match") void contacts.sync(false);
    if (act === "refresh") void contacts.refresh();
    if (act === "pick") void contacts.pick();
    if (act === "add") void contacts.add();
    if ("force" in input) void group.create(input.force);
    if ("externalUserId" in input) {
      void contacts.consider(input.externalUserId);
    }
    if (act === "register") {
      stage.registration(null);
      void bridge.start();
    }
  }

  const reporting = () => stage.step.at === "settling" ? orderId : null;

  /** There may be a network again: what was left undone is told. */
  const online = () => void deliver(reporting, group.resumeReport);

  function visible(): void {
    contacts.visible();
    group.visible();
    online();
  }

  return {
    model,
    client,
    canInvite: deps.canInvite,
    ...contacts,
    ...group,
    online,
    visible,
    start,
    copy,
    retry,
  };
}
