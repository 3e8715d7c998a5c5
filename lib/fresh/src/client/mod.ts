/**
 * The entry of the client runtime and, at the same time, where the JSX of islands
 * comes from. As every island reaches it, esbuild sees one set of modules that
 * all share and makes one chunk of it, not five: fewer requests, and smaller.
 * Signals are in it: islands keep their state in them, and props may hold some.
 */
export { boot } from "./boot.ts";
export { Fragment, jsx, jsxDEV, jsxs } from "preact/jsx-runtime";
