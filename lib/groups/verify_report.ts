/**
 * Is the chat that the client reported the one that was prepared? WeCom is asked
 * for it until it fits, since its data lags behind a creation (96338).
 */
import type { ChatAnswer } from "../chats/read_chat.ts";
import { isLossy } from "../wecom/mod.ts";
import type { Ground } from "./ground.ts";
import type { Intent } from "./intent.ts";
import { checkChat, type Refusal } from "./verify.ts";

/** WeCom's own data lags behind a creation, "e.g. 2 seconds" (96338). */
const WAITS_MS = [250, 500, 1_000, 1_750, 2_500];
/** A chat older than this does not lag any more. */
const LAG_MS = 60_000;

export type CheckedReport =
  | { kind: "fits"; answer: ChatAnswer & { kind: "present" } }
  | { kind: "refused"; refusal: Refusal; final: boolean; answer: ChatAnswer };

/**
 * Asks WeCom for the chat until it fits, at most for some 6 s. `final` tells that
 * asking later cannot change that.
 */
export async function verifyReport(
  { ground, now, sleep }: {
    ground: Pick<Ground, "read">;
    now: () => number;
    sleep: (ms: number) => Promise<void>;
  },
  chatId: string,
  intent: Intent,
): Promise<CheckedReport> {
  for (let turn = 0;; turn++) {
    const checked = checkAnswer(await ground.read(chatId), intent, now());
    const wait = WAITS_MS[turn];
    if (checked.kind === "fits" || checked.final || wait === undefined) {
      return checked;
    }
    await sleep(wait);
  }
}

function checkAnswer(
  answer: ChatAnswer,
  intent: Intent,
  now: number,
): CheckedReport {
  if (answer.kind !== "present") {
    const final = answer.kind === "dissolved" || answer.kind === "internal";
    const refusal = { reason: "unknown" } as const;
    return { kind: "refused", refusal, final, answer };
  }
  const refusal = checkChat(answer.chat, intent);
  if (!refusal) return { kind: "fits", answer };
  // Somebody who seems missing may be in a row that could not be read.
  const isOld = now - answer.chat.createTime > LAG_MS &&
    !isLossy(answer.chat);
  const final = refusal.reason === "foreign_owner" ||
    refusal.reason === "missing_members" && isOld;
  return { kind: "refused", refusal, final, answer };
}
