/**
 * Signals for pages whose props hold one. A chunk of its own: the other pages
 * do without signals and the hooks that they bring along (3 KB).
 */
export { computed, signal } from "@preact/signals";
