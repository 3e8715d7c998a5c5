/**
 * The entry of the client runtime and, at the same time, where the JSX of islands
 * comes from. As every island reaches it, esbuild sees one set of modules that
 * all share and makes one chunk of it, not five: fewer requests, and smaller.
 * Signals are in it: islands keep their state in them, and props may hold some.
 */
import { type ComponentType, h, type VNode } from "preact";

export { boot } from "./boot.ts";
export { Fragment } from "preact";

/**
 * Preact's core makes elements already: its JSX runtime would do the same again in
 * 350 bytes.
 */
export function jsx(
  type: string | ComponentType,
  props: Record<string, unknown>,
  key?: unknown,
): VNode {
  const all = key === undefined ? props : { ...props, key };
  return h(type as string, all) as VNode;
}

export { jsx as jsxDEV, jsx as jsxs };
