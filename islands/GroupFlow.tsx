/**
 * The interactive part of the order's page: hands the browser's things (client,
 * network, storage, time) to the actions, and draws the step that they hold in a
 * signal. The server draws the first step with nothing to press; the buttons
 * come alive here, without another request.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { createActions } from "../lib/ui/actions.ts";
import { createApi } from "../lib/ui/api.ts";
import { canInvite, clientOf, createBridge } from "../lib/ui/bridge.ts";
import { isClientFailure } from "../lib/ui/refusal.ts";
import type { GroupPageModel } from "../lib/ui/model.ts";
import { createOutbox } from "../lib/ui/outbox.ts";
import { StepView } from "../lib/ui/parts/step_view.tsx";

const LISTEN_MS = 3_000;

export function GroupFlow({ model }: { model: GroupPageModel }) {
  const live = useSignal(false);
  const { act, early } = useMemo(() => createPage(model), []);

  /** The island lives as long as its page: nothing is taken down again. */
  useEffect(() => {
    live.value = true;
    document.querySelector(".late")?.remove();
    act.start();
    early.forEach(act.choose);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) act.visible();
    });
    setInterval(() => document.hidden || act.listen(), LISTEN_MS);
    addEventListener("online", act.online);
    // The SDK leaves a failed registration unhandled; it is shown already.
    addEventListener("unhandledrejection", (event) => {
      if (isClientFailure(event.reason)) event.preventDefault();
    });
  }, []);

  return <StepView step={act.step.value} act={act} live={live.value} />;
}

function createPage(model: GroupPageModel) {
  const attempt = Math.random().toString(36);
  const api = createApi((...request) => fetch(...request));
  const act = createActions({
    model,
    client: clientOf(navigator.userAgent),
    canInvite: canInvite(navigator.userAgent),
    attempt,
    api,
    bridge: (onProblem) =>
      createBridge(
        api,
        model.signing,
        onProblem,
        (name, errMsg) =>
          void api.run("client.failed", {
            orderId: model.order.orderId,
            attempt,
            api: name,
            errMsg,
            client: navigator.userAgent,
          }),
      ),
    outbox: createOutbox(() => localStorage, Date.now, model.viewer.wxUserId),
    copy: (text) => navigator.clipboard.writeText(text ?? location.href),
    sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
  });
  // Chosen before this script was there; the first drawing takes it away.
  const inputs = globalThis.document?.querySelectorAll<HTMLInputElement>(
    "input[name^=customer]:checked",
  );
  const early = [...inputs ?? []].map((input) => input.value);
  return { act, early };
}
