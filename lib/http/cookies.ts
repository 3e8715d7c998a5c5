/**
 * Cookies: `__Host-` names and `Secure` where the origin is https, plain names
 * on localhost. Always HttpOnly and SameSite=Lax, because WeCom comes back from
 * its OAuth page with a top-level GET.
 */
export interface CookieOptions {
  /** Seconds; 0 removes the cookie. */
  maxAge: number;
  secure: boolean;
}

/** The value of a cookie of ours; undefined when the browser sent none. */
export function readCookie(
  headers: Headers,
  name: string,
  secure: boolean,
): string | undefined {
  const wanted = cookieName(name, secure);
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === wanted) {
      return pair.slice(at + 1).trim();
    }
  }
  return undefined;
}

/** Our cookies whose names are so, without a prefix, with their values. */
export function readCookies(
  headers: Headers,
  names: RegExp,
  secure: boolean,
): [name: string, value: string][] {
  const prefix = cookieName("", secure);
  return (headers.get("cookie") ?? "").split(";").flatMap((pair) => {
    const at = pair.indexOf("=");
    const full = pair.slice(0, at).trim();
    const name = full.slice(prefix.length);
    return at > 0 && full.startsWith(prefix) && names.test(name)
      ? [[name, pair.slice(at + 1).trim()] as [string, string]]
      : [];
  });
}

/** A Set-Cookie value. `value` must be of the base64url alphabet and dots. */
export function cookie(
  name: string,
  value: string,
  { maxAge, secure }: CookieOptions,
): string {
  const parts = [
    `${cookieName(name, secure)}=${value}`,
    "Path=/",
    `Max-Age=${maxAge}`,
    "HttpOnly",
    "SameSite=Lax",
  ];
  if (secure) parts.push("Secure");
  return parts.join("; ");
}

function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}
