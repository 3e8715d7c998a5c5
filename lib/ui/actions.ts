/**
 * Everything a person can do on the page. What is impure (server, client,
 * storage, clock) is handed in, so the whole page is tested without a browser.
 */
import { createContactActions } from "./contact_actions.ts";
import { createCreationActions } from "./creation_actions.ts";
import { createDelivery } from "./delivery.ts";
import type { Deps, PageParts } from "./deps.ts";
import { createFoundActions } from "./found_actions.ts";
import { createGroupActions } from "./group_actions.ts";
import { createLease } from "./lease.ts";
import { createListenActions } from "./listen_actions.ts";
import { createPageState } from "./page_state.ts";
import { createReachActions } from "./reach_actions.ts";
import { createSheetActions } from "./sheet_actions.ts";
import { before, startStep } from "./state/opening.ts";
import type { Again, Retries } from "./state/step.ts";
import { createWatchActions } from "./watch_actions.ts";

/** Milliseconds until WeCom's list may show what the client made just now. */
const LOOK_AFTER = 2_000;

export type Actions = ReturnType<typeof createActions>;

export function createActions(deps: Deps) {
  const { model, client, outbox } = deps;
  const { orderId } = model.order;
  const state = createPageState(model);
  const bridge = deps.bridge(state.registration);
  const { send, deliver } = createDelivery(deps);
  const parts: PageParts = { ...deps, state, bridge, send };

  const contacts = createContactActions(parts);
  const lease = createLease(parts);
  const group = createGroupActions(parts);
  const watch = createWatchActions(parts, { contacts, group, lease });
  const creation = createCreationActions(parts, watch, lease);
  const needs = { lease, creation, watch, group };
  const sheet = createSheetActions(parts, needs);
  const found = createFoundActions(parts, contacts, sheet, needs);
  const reach = createReachActions(parts);
  const { listen, hearAgain } = createListenActions(parts);

  /** Takes over from the server's page: what was left undone comes first. */
  function start(): void {
    state.show(startStep(model, client, outbox.get(orderId)));
    const { step } = state;
    if (step.at === "done") outbox.drop(orderId);
    online();
    if (client === "outside" || client === "old") return;
    if (model.signing) void bridge.start();
    const stale = model.match?.kind === "known" && model.match.stale;
    if (step.at === "done") void group.visible();
    else if (step.at === "settling") void watch.settle();
    else if (step.at === "syncing") void contacts.sync(stale, before(model));
    // The client had been asked: the group may turn up any moment.
    else if (step.at === "unfinished" && outbox.get(orderId)) {
      void deps.sleep(LOOK_AFTER).then(() => {
        if (state.step.at === "unfinished") void watch.recheck();
      });
    } else if (step.at === "choosing" && (step.match ? stale : !step.notice)) {
      void contacts.sync(stale, before(model));
    }
  }

  /** For whoever opened the link elsewhere. */
  async function copy(): Promise<void> {
    let copied = true;
    try {
      await deps.copy();
    } catch {
      copied = false;
    }
    state.show({ at: "outside", copied });
  }

  const retries: { [A in keyof Retries]: (...about: Retries[A]) => unknown } = {
    ...contacts,
    match: () => contacts.sync(false),
    create: sheet.create,
    register() {
      state.registration(null);
      void bridge.start();
    },
  };
  const retry = <A extends keyof Retries>({ act, about }: Again<A>): void =>
    void retries[act](...about ?? [] as never);

  const reporting = () => state.step.at === "settling" ? orderId : null;

  /** There may be a network again: what was left undone is told. */
  const online = () => void deliver(reporting, watch.resumeReport);

  async function listened(): Promise<void> {
    const next = await listen();
    if (next?.at === "settling") await watch.settle();
  }

  function visible(): void {
    const { step } = state;
    hearAgain();
    contacts.visible();
    void group.visible();
    if (step.at === "occupied" && step.look !== "busy") void watch.recheck();
    online();
  }

  return {
    model,
    client,
    canInvite: deps.canInvite,
    /** What is on the screen. */
    step: state.shown,
    ...contacts,
    ...reach,
    ...group,
    ...watch,
    ...creation,
    ...sheet,
    ...found,
    online,
    visible,
    listen: listened,
    start,
    copy,
    retry,
  };
}
