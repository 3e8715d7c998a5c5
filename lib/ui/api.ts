/**
 * The page's calls to our own server, as results instead of exceptions: a phone
 * loses its network at any moment, and every caller must say what happens then.
 * An answer that is not our envelope (a proxy's error page, a cut connection)
 * is NETWORK_LOST.
 */
import type { FlowInput, FlowName, FlowOutput } from "../flows/mod.ts";
import type { PageSigning, Problem, Reading } from "./model.ts";

export type Result<T> = { ok: true; data: T } | { ok: false; problem: Problem };

export interface Api {
  /** Input and answer are the flow's own. */
  run<F extends FlowName>(
    flowId: F,
    input: FlowInput<F>,
  ): Promise<Result<FlowOutput<F>>>;
  /** Reads the person's contacts from WeCom. */
  sync(
    refresh: boolean,
    onProgress: (reading: Reading) => void,
  ): Promise<Result<null>>;
  signature(url: string): Promise<Result<Omit<PageSigning, "url">>>;
}

/** Milliseconds without a byte before the network counts as lost. */
const PATIENCE = 25_000;

const LOST: { ok: false; problem: Problem } = {
  ok: false,
  problem: { error: "NETWORK_LOST", msg: "没有连上服务器，请检查网络" },
};

export function createApi(fetcher: typeof fetch): Api {
  /** `read` gets the response and `alive`, to be called with every sign of life. */
  async function request<T>(
    path: string,
    body: unknown,
    read: (response: Response, alive: () => void) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const cut = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => cut.abort(), PATIENCE);
    };
    alive();
    const ask = () =>
      fetcher(path, {
        signal: cut.signal,
        ...(body !== undefined && {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      });
    try {
      let response = await ask();
      // A process that stops did not read it: another one does.
      if (response.status === 408) response = await ask();
      return await read(response, alive);
    } catch {
      return LOST;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    run: <F extends FlowName>(flowId: F, input: FlowInput<F>) =>
      request(
        "/api/runFlow",
        { flowId, ...input },
        envelope<FlowOutput<F>>,
      ),
    signature: (url) =>
      request(
        "/api/wecom/signature?url=" + encodeURIComponent(url),
        undefined,
        envelope<Omit<PageSigning, "url">>,
      ),
    sync: (refresh, onProgress) =>
      request("/api/contacts/sync", { refresh }, async (response, alive) => {
        if (!response.ok || !response.body) return envelope<null>(response);
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        for (let rest = "";;) {
          const { done, value } = await reader.read();
          // Cut before the line that says `done`: the reading is not complete.
          if (done) return LOST;
          alive();
          rest += decoder.decode(value, { stream: true });
          const lines = rest.split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) {
            if (!line) continue;
            const news = JSON.parse(line);
            if (news.error) return { ok: false, problem: news };
            if (news.done) return { ok: true, data: null };
            onProgress(news);
          }
        }
      }),
  };
}

async function envelope<T>(response: Response): Promise<Result<T>> {
  const { code, data, error, ...said } = await response.json();
  return code === 1
    ? { ok: true, data }
    : error
    ? { ok: false, problem: { error, ...said } }
    : LOST;
}
