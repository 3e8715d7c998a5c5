/**
 * Where to go after signing in: only paths of our own. `//host`, `/\host`,
 * schemes, control characters and the sign-in pages themselves end at "/".
 */
const ORIGIN = "http://self.invalid";
/** It travels in a cookie, of which browsers keep 4 KB. */
const LONGEST = 1_024;

export function safeNext(next: string | null | undefined): string {
  if (!next || !/^\/(?![/\\])/.test(next) || !isPrintable(next)) return "/";
  if (!URL.canParse(next, ORIGIN)) return "/";
  const url = new URL(next, ORIGIN);
  if (url.origin !== ORIGIN || url.pathname.startsWith("//")) return "/";
  if (url.href.length > LONGEST) return "/";
  if (/^\/(auth|api)(\/|$)/.test(url.pathname)) return "/";
  return url.pathname + url.search;
}

function isPrintable(text: string): boolean {
  // deno-lint-ignore no-control-regex -- control characters are what we refuse
  return !/[\u0000-\u001f\u007f\\]/.test(text);
}
