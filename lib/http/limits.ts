/**
 * How often one address may ask. An office has one address for all its people, and
 * open pages ask every few seconds by themselves: so this stops attacks and nobody's
 * work. An address of this machine is a proxy that nobody has named, behind which
 * everybody stands: it has no limit.
 */
import { isLoopback } from "../config/values.ts";
import { createWindow, type Window } from "./window.ts";

/** In a minute, by the beginning of the path; the first that fits. */
const RATES: readonly [path: RegExp, most: number][] = [
  // WeCom's own addresses come at the pace of a company's events.
  [/^\/api\/wecom\/callback/, 20_000],
  [/^\/(healthz|readyz)/, 600],
  [/^\/auth\//, 600],
  [/^\/api\/erp\//, 1_200],
  [/^\//, 6_000],
];
const ADDRESSES = 20_000;

export interface Limits {
  /** 0: let in. Else the ms after which it may come again. */
  take(address: string | null, path: string): number;
}

export function createLimits(now: () => number): Limits {
  const windows: readonly [RegExp, Window][] = RATES.map(([path, most]) => [
    path,
    createWindow({ most, perMs: 60_000, keys: ADDRESSES }, now),
  ]);
  return {
    take(address, path) {
      if (address === null || isLoopback(address) || address === "::1") {
        return 0;
      }
      const found = windows.find(([pattern]) => pattern.test(path));
      return found?.[1].take(address) ?? 0;
    },
  };
}
