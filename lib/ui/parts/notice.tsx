/** A problem in words, with its way out. Read aloud when it appears. */
import type { Problem } from "../model.ts";
import { Button } from "./button.tsx";

export function Trouble({ problem: { error, msg, details }, onRetry }: {
  problem: Problem;
  onRetry?: (() => void) | false | null;
}) {
  const expired = error === "UNAUTHENTICATED";
  return (
    <div class="notice bad" role="alert" data-testid={"error-" + error}>
      <span>
        {msg}
        {/* The client's own words, for whoever has to mend it. */}
        {typeof details === "string" && <small>{details}</small>}
      </span>
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
