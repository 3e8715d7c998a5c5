/**
 * The signatures of a page for its client (90506): those that came with the page
 * the first time, fresh ones afterwards.
 */
import type { Api, Result } from "./api.ts";
import type { PageSigning } from "./model.ts";

export function createSigning(
  api: Pick<Api, "signature">,
  signing: PageSigning | null,
) {
  let embedded = signing;

  return {
    /** Throws the problem when the server gives none. */
    async sign(kind: "config" | "agentConfig", url: string) {
      if (embedded?.url === url) {
        const signature = embedded[kind];
        if (kind === "agentConfig") embedded = null;
        return signature;
      }
      const answer = await api.signature(url);
      if (!answer.ok) throw answer.problem;
      return answer.data[kind];
    },

    /** Whose client this page asks. */
    app: async (): Promise<Result<Pick<PageSigning, "corpId" | "agentId">>> =>
      embedded
        ? { ok: true, data: embedded }
        : await api.signature(location.href.split("#")[0] ?? ""),
  };
}
