/** A problem in words, with its way out. */
import { useSignal } from "@preact/signals";
import type { Problem } from "../model.ts";
import { Button } from "./button.tsx";

/** What nobody but an admin can mend: to try again does not help. */
const FOR_ADMINS = /^(CLIENT_NOT|NO_CUST|WECOM_[CI]|INTERNAL)/;

export function Trouble({ problem, onRetry }: {
  problem: Problem;
  onRetry?: (() => void) | false | null;
}) {
  const { error, msg, details, requestId } = problem;
  const expired = error === "UNAUTHENTICATED";
  const copying = useSignal("复制给管理员");

  /** Ids and the client's words: nothing about a person. */
  async function copy() {
    const lines = [msg, error, requestId, location.href];
    if (typeof details === "string") lines.push(details);
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      copying.value = "已复制";
    } catch {
      copying.value = "没能复制，请截图";
    }
  }

  return (
    <div
      // Reminded a moment ago: nothing is wrong.
      class={error === "ALREADY_REMINDED" ? "notice" : "notice bad"}
      data-testid={"error-" + error}
    >
      <span>{msg}</span>
      {FOR_ADMINS.test(error) && (
        <Button kind="plain" id="copy-for-admin" onClick={copy}>
          {copying.value}
        </Button>
      )}
      {(onRetry || expired) && (
        <Button
          kind="plain"
          id="retry"
          onClick={() => onRetry && !expired ? onRetry() : location.reload()}
        >
          {expired ? "重新打开" : "重试"}
        </Button>
      )}
    </div>
  );
}
