/**
 * The sidebar's calls to our own server, as results. It is small, and not the one
 * of the order's page: whatever both pages import becomes a script of its own,
 * which costs that page more than this file does (`tests/ui/budget_test.ts`).
 */
import type { FlowInput, FlowName, FlowOutput } from "../../flows/mod.ts";
import type { PageSigning, Problem } from "../model.ts";

export type Result<T> = { ok: true; data: T } | { ok: false; problem: Problem };

export interface Server {
  /** Input and answer are the flow's own. */
  run<F extends FlowName>(
    flowId: F,
    input: FlowInput<F>,
  ): Promise<Result<FlowOutput<F>>>;
  signature(url: string): Promise<Result<Omit<PageSigning, "url">>>;
}

/** Milliseconds; the server's own limit for a request is shorter. */
const PATIENCE = 25_000;

const LOST: { ok: false; problem: Problem } = {
  ok: false,
  problem: { error: "NETWORK_LOST", msg: "没有连上服务器，请检查网络" },
};

export function createServer(fetcher: typeof fetch): Server {
  async function ask<T>(path: string, body?: unknown): Promise<Result<T>> {
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), PATIENCE);
    const send = () =>
      fetcher(path, {
        signal: cut.signal,
        ...(body !== undefined && {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      });
    try {
      let response = await send();
      // A process that stops did not read it: another one does.
      if (response.status === 408) response = await send();
      const { code, data, error, msg, details } = await response.json();
      if (code === 1) return { ok: true, data };
      return error ? { ok: false, problem: { error, msg, details } } : LOST;
    } catch {
      return LOST;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    run: (flowId, input) => ask("/api/runFlow", { flowId, ...input }),
    signature: (url) =>
      ask("/api/wecom/signature?url=" + encodeURIComponent(url)),
  };
}
