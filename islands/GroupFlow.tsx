/**
 * The interactive part of the order's page: holds the step, and hands the
 * browser's things (client, network, storage, clock) to the actions. The server
 * draws the first step with nothing to press; the buttons come alive here,
 * without another request. A class with a plain state, because hooks and signals
 * would be a sixth of all the JavaScript of the page.
 */
import { Component } from "preact";
import { type Actions, createActions } from "../lib/ui/actions.ts";
import { createApi } from "../lib/ui/api.ts";
import {
  canInvite,
  clientOf,
  createBridge,
  isClientFailure,
} from "../lib/ui/bridge.ts";
import type { GroupPageModel } from "../lib/ui/model.ts";
import { createOutbox } from "../lib/ui/outbox.ts";
import { StepView } from "../lib/ui/parts/step_view.tsx";
import type { Step } from "../lib/ui/state/step.ts";
import { firstStep } from "../lib/ui/state/transitions.ts";

interface Props {
  model: GroupPageModel;
}

interface State {
  step: Step;
  live: boolean;
}

export class GroupFlow extends Component<Props, State> {
  private readonly act: Actions;
  /** Chosen before this script was there; the first drawing takes it away. */
  private readonly early = globalThis.document?.querySelector<
    HTMLInputElement
  >("input[name=customer]:checked")?.value;

  constructor(props: Props) {
    super(props);
    const { model } = props;
    this.state = { step: firstStep(model), live: false };
    const api = createApi((...request) => fetch(...request));
    this.act = createActions({
      model,
      client: clientOf(navigator.userAgent),
      canInvite: canInvite(navigator.userAgent),
      api,
      bridge: (onProblem) => createBridge(api, model.signing, onProblem),
      outbox: createOutbox(
        () => localStorage,
        Date.now,
        model.viewer.wxUserId,
      ),
      draw: (step) => this.setState({ step }),
      copy: async () => {
        await navigator.clipboard.writeText(location.href);
      },
      now: Date.now,
      sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
    });
  }

  /** The island lives as long as its page: nothing is taken down again. */
  override componentDidMount() {
    const act = this.act;
    this.setState({ live: true });
    act.start();
    if (this.early) act.choose(this.early);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) act.visible();
    });
    addEventListener("online", act.online);
    // The SDK leaves a failed registration unhandled; it is shown already.
    addEventListener("unhandledrejection", (event) => {
      if (isClientFailure(event.reason)) event.preventDefault();
    });
  }

  override render({ model: _ }: Props, { step, live }: State) {
    return <StepView step={step} act={this.act} live={live} />;
  }
}
