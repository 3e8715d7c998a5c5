/**
 * Maps a path to what answers it. Paths without a pattern win over those with
 * one; patterns are tried in the order of registration. Also turns the names of
 * route files into URLPattern paths and puts them into that order.
 */

export interface Match<T> {
  params: Record<string, string>;
  item: T;
}

export class Router<T> {
  #fixed = new Map<string, T>();
  #patterns = new Map<
    string,
    { head: string; groupsOf: GroupsOf; item: T }
  >();

  /** The first registration of a pattern stays. */
  add(pattern: string, item: T): void {
    if (!/[*:{}+?()]/.test(pattern)) {
      if (!this.#fixed.has(pattern)) this.#fixed.set(pattern, item);
    } else if (!this.#patterns.has(pattern)) {
      const [head, groupsOf] = [headOf(pattern), matcherOf(pattern)];
      this.#patterns.set(pattern, { head, groupsOf, item });
    }
  }

  match(url: URL): Match<T> | null {
    const { pathname } = url;
    const other = pathname.endsWith("/")
      ? pathname.slice(0, -1)
      : pathname + "/";
    const fixed = this.#fixed.get(pathname) ?? this.#fixed.get(other);
    if (fixed !== undefined) return { params: {}, item: fixed };
    for (const { head, groupsOf, item } of this.#patterns.values()) {
      if (!pathname.startsWith(head)) continue;
      const groups = groupsOf(url);
      if (groups) return { params: decoded(groups), item };
    }
    return null;
  }
}

type Groups = Record<string, string | undefined>;
/** What the names in a pattern stand for; null where it does not match. */
type GroupsOf = (url: URL) => Groups | null;

/** Parts that are plain text or a name. */
const SIMPLE = /^(\/([\w~-]+|:[a-z_]\w*))+$/i;

/** Of nearly all: a regular expression, which takes a hundredth of a URLPattern. */
function matcherOf(pattern: string): GroupsOf {
  if (SIMPLE.test(pattern)) {
    const text = pattern.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)");
    const simple = new RegExp(`^${text}$`);
    return ({ pathname }) => simple.exec(pathname)?.groups ?? null;
  }
  const general = new URLPattern({ pathname: pattern });
  return (url) => general.exec(url)?.pathname.groups ?? null;
}

/**
 * What every path of the pattern begins with: tried first, since a URLPattern
 * takes as long as a query. Empty where the pattern may be spelled in two ways.
 */
function headOf(pattern: string): string {
  const [head = ""] = pattern.split(/\/?[*:{}+?()\\]/, 1);
  return /^[\w/.~-]*$/.test(head) ? head : "";
}

function decoded(groups: Groups): Record<string, string> {
  const params: Record<string, string> = Object.create(null);
  for (const name in groups) params[name] = decode(groups[name] ?? "");
  return params;
}

/** A malformed escape stays as it is: bad input is no reason to fail. */
function decode(value: string): string {
  try {
    return decodeURI(value);
  } catch {
    return value;
  }
}

/** `orders/[id]` → `/orders/:id`. */
export function toPattern(path: string): string {
  let out = "";
  for (const part of path.replace(/(^|\/)index$/, "").split("/")) {
    if (part === "") continue;
    const rest = part.match(/^\[\.\.\.(\w+)\]$/);
    if (rest) out += `/:${rest[1]}*`;
    else {
      const pattern = part.replaceAll(/\[(\w+)\]/g, ":$1");
      if (part.includes("][") || /[[\]()]/.test(pattern)) {
        throw new SyntaxError(`Invalid route pattern: "${path}"`);
      }
      out += "/" + pattern;
    }
  }
  return out || "/";
}

/** How general one part of a file's path is: literal text is tried first. */
function generality(part: string): number {
  if (part.startsWith("[...")) return 3;
  if (/^\[\w+\]$/.test(part)) return 2;
  return part.includes("[") ? 1 : 0;
}

/** Orders route files so that the more specific of two patterns comes first. */
export function compareRoutes(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = "", y = ""] = [left[i], right[i]];
    const order = generality(x) - generality(y);
    if (order !== 0) return order;
    if (x !== y) return x < y ? -1 : 1;
  }
  return right.length - left.length;
}
