/**
 * The page beside a chat: hands the browser's things (client, network, clipboard)
 * to the actions, and draws the step that they hold in a signal. The server draws
 * the first step; the client alone knows which chat this is.
 */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { createActions } from "../lib/ui/sidebar/actions.ts";
import { createApi } from "../lib/ui/api.ts";
import { isClientFailure } from "../lib/ui/refusal.ts";
import { createBridge } from "../lib/ui/sidebar/bridge.ts";
import type { SidebarModel } from "../lib/ui/sidebar/model.ts";
import { SidebarView } from "../lib/ui/sidebar/view.tsx";

export function Sidebar({ model }: { model: SidebarModel }) {
  const act = useMemo(() => createPage(model), []);
  const screen = act.step.value.at;
  const last = useRef<string | null>(null);

  /** The island lives as long as its page: nothing is taken down again. */
  useEffect(() => {
    void act.start();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) void act.visible();
    });
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) void act.visible();
    });
    addEventListener("online", () => void act.online());
    // The SDK leaves a failed registration unhandled; it is told by its call.
    addEventListener("unhandledrejection", (event) => {
      if (isClientFailure(event.reason)) event.preventDefault();
    });
  }, []);

  /** What was pressed is gone: who uses a keyboard goes on at the new title. */
  useEffect(() => {
    // What comes of the first look was asked for by nobody.
    const pressed = last.current !== null && last.current !== "first";
    if (pressed && document.activeElement === document.body) {
      document.querySelector("h1")?.focus({ preventScroll: true });
    }
    last.current = last.current === null ? "first" : screen;
  }, [screen]);

  return <SidebarView step={act.step.value} act={act} />;
}

function createPage(model: SidebarModel) {
  const server = createApi((...request) => fetch(...request));
  const [client] = /wxwork\/[\d.]+/i.exec(navigator.userAgent) ?? [];
  return createActions({
    server,
    bridge: createBridge(
      server,
      model.signing,
      (ms) => new Promise((wake) => setTimeout(wake, ms)),
    ),
    inClient: client !== undefined,
    client: client ?? "",
    copy: (text) => navigator.clipboard.writeText(text),
  });
}
