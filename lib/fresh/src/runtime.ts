/**
 * `fresh/runtime`: what islands may import. It ends up in the browser's bundle,
 * so nothing of the server may be reachable from here.
 */
import { BUILD_ID, CACHE_KEY } from "./build_id.ts";

export { HttpError } from "./error.ts";

/** True in the browser, false while rendering on the server. */
export const IS_BROWSER: boolean = typeof document !== "undefined";

/** Whatever a URL makes of it: the same. */
const PLAIN = /^(\/[\w-]+(\.[\w-]+)*)+$/;

/**
 * The URL of a static file with this build's id in it, which `staticFiles()`
 * lets browsers keep for a year. URLs of other origins come back as they are.
 */
export function asset(path: string): string {
  if (PLAIN.test(path)) return `${path}?${CACHE_KEY}=${BUILD_ID}`;
  if (!path.startsWith("/") || path.startsWith("//")) return path;
  const origin = "https://asset.invalid";
  const url = new URL(path, origin);
  if (url.origin !== origin || url.searchParams.has(CACHE_KEY)) return path;
  url.searchParams.set(CACHE_KEY, BUILD_ID);
  return url.pathname + url.search + url.hash;
}
