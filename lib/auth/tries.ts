/** How long a sign-in may take, and how many codes may be tried for it. */
import { createWindow, type Window } from "../http/window.ts";

export const LOGIN_SECONDS = 10 * 60;

/** By the sign-in's state: each code is a call to WeCom. */
export function createTries(now: () => number): Window {
  const size = { most: 5, perMs: LOGIN_SECONDS * 1_000, keys: 10_000 };
  return createWindow(size, now);
}
