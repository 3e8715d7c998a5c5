/**
 * Counts what a request asks of the database: statements, and waves of them. A
 * statement belongs to the wave after the last one that was answered before it
 * was asked; so waves are round trips that a request waits for one after the
 * other, and what is asked together is one wave. `begin` and `commit` count.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import {
  type AnnouncedStatement,
  STATEMENTS,
} from "../../lib/store/pool/announce.ts";
import type { TestApp } from "./app.ts";

export interface Counted<T> {
  answer: T;
  /** The texts of each wave. */
  waves: string[][];
  statements: number;
}

/** Of the work that is being counted, in its own async context. */
interface Tally {
  waves: string[][];
  /** Waves of which something was answered. */
  answered: number;
}

const counting = new AsyncLocalStorage<Tally>();

subscribe(STATEMENTS, (message) => {
  const tally = counting.getStore();
  if (!tally) return;
  const { text, answered } = message as AnnouncedStatement;
  const wave = tally.answered;
  (tally.waves[wave] ??= []).push(text.replace(/\s+/g, " ").trim());
  answered.then(() => tally.answered = Math.max(tally.answered, wave + 1));
});

/** What `work` asks, and whatever it starts before it is done. */
export async function countStatements<T>(
  work: () => Promise<T>,
): Promise<Counted<T>> {
  const tally: Tally = { waves: [], answered: 0 };
  const answer = await counting.run(tally, work);
  const waves = [...tally.waves];
  return { answer, waves, statements: waves.flat().length };
}

/** The same once everything is warm: asked once before it is counted. */
export async function countWarm<T>(ask: () => Promise<T>): Promise<Counted<T>> {
  await ask();
  return await countStatements(ask);
}

/** Requests no longer wake what works in the background: it would count, too. */
export function letSleep({ services }: TestApp): void {
  Object.assign(services.inbox, { kick() {} });
  Object.assign(services.reconciler, { nudge() {} });
}
