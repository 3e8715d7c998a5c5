/**
 * The fixture app, built once in memory, and small helpers to ask it. The tests
 * of this folder use only Fresh's public API, so they hold for upstream as well.
 */
import { mock } from "node:test";
import { Builder } from "fresh/dev";
import { app } from "./fixture/main.ts";
import type { State } from "./fixture/state.ts";

export const ROOT = new URL("./fixture", import.meta.url).href;

const target = ["chrome80", "safari14"];
const builder = new Builder<State>({ root: ROOT, target });
const arm = await builder.build({ snapshot: "memory" });
arm(app);

export const handler = app.handler();

export async function ask(path: string, init?: RequestInit): Promise<Response> {
  return await handler(new Request(new URL(path, "http://localhost"), init));
}

export async function text(path: string, init?: RequestInit): Promise<string> {
  return await (await ask(path, init)).text();
}

/** Runs `fn` with what it would print to the console kept back, and returns that. */
export async function quietly(fn: () => Promise<void>): Promise<unknown[]> {
  const printed: unknown[] = [];
  const keep = (...args: unknown[]) => void printed.push(...args);
  const { mock: spy } = mock.method(console, "error", keep);
  try {
    await fn();
  } finally {
    spy.restore();
  }
  return printed;
}
