/**
 * Announces each statement when it is asked, in the caller's own async context,
 * for whoever counts or traces them. Costs nothing while nobody listens.
 */
import { channel } from "node:diagnostics_channel";

export const STATEMENTS = "store.statement";

export interface AnnouncedStatement {
  /** Without its parameters. */
  text: string;
  /** Settles with the answer, and never rejects. */
  answered: Promise<void>;
}

const statements = channel(STATEMENTS);

export function announce(
  text: () => string,
  answer: Promise<unknown>,
): void {
  if (!statements.hasSubscribers) return;
  const answered = answer.then(() => {}, () => {});
  const announced: AnnouncedStatement = { text: text(), answered };
  statements.publish(announced);
}
