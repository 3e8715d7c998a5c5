/**
 * Maps method and path to a handler. Paths without a pattern win over those
 * with one; patterns are tried in the order of registration. Also turns the
 * names of route files into URLPattern paths and puts them into that order.
 */
import type { Method } from "./types.ts";

export const METHODS: Method[] = [
  "GET",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
];

interface Entry<T> {
  pattern: string;
  matcher: URLPattern | null;
  byMethod: Map<string, T>;
}

export interface Match<T> {
  pattern: string | null;
  params: Record<string, string>;
  item: T | null;
  allowed: string[];
}

export class Router<T> {
  #static = new Map<string, Entry<T>>();
  #dynamic = new Map<string, Entry<T>>();

  /** The first registration of a method and path stays. */
  add(method: Method, pattern: string, item: T): void {
    const dynamic = /[*:{}+?()]/.test(pattern);
    const table = dynamic ? this.#dynamic : this.#static;
    let entry = table.get(pattern);
    if (entry === undefined) {
      const matcher = dynamic ? new URLPattern({ pathname: pattern }) : null;
      entry = { pattern, matcher, byMethod: new Map() };
      table.set(pattern, entry);
    }
    if (!entry.byMethod.has(method)) entry.byMethod.set(method, item);
  }

  match(method: string, url: URL): Match<T> {
    const { pathname } = url;
    const other = pathname.endsWith("/")
      ? pathname.slice(0, -1)
      : pathname + "/";
    const fixed = this.#static.get(pathname) ?? this.#static.get(other);
    if (fixed !== undefined) return found(fixed, method, {});
    for (const entry of this.#dynamic.values()) {
      const groups = entry.matcher?.exec(url)?.pathname.groups;
      if (groups !== undefined) return found(entry, method, groups);
    }
    return { pattern: null, params: {}, item: null, allowed: [] };
  }
}

function found<T>(
  { pattern, byMethod }: Entry<T>,
  method: string,
  groups: Record<string, string | undefined>,
): Match<T> {
  const item = byMethod.get(method) ??
    (method === "HEAD" ? byMethod.get("GET") : undefined) ?? null;
  const params: Record<string, string> = Object.create(null);
  for (const name in groups) params[name] = decode(groups[name] ?? "");
  return { pattern, params, item, allowed: [...byMethod.keys()] };
}

/** A malformed escape stays as it is: bad input is no reason to fail. */
function decode(value: string): string {
  try {
    return decodeURI(value);
  } catch {
    return value;
  }
}

export function mergePath(base: string, path: string): string {
  const prefix = base === "/" ? "" : base.replace(/\*$/, "");
  if (path === "*" || path === "/*") return prefix + "/*";
  return prefix !== "" && path === "/" ? prefix : prefix + path;
}

/** `orders/[id]` → `/orders/:id`. Route groups `(x)` vanish unless kept. */
export function toPattern(path: string, keepGroups = false): string {
  let out = "";
  let fixed = false;
  for (const part of path.replace(/(^|\/)index$/, "").split("/")) {
    const group = part.startsWith("(") && part.endsWith(")");
    if (part === "" || group && !keepGroups) continue;
    const rest = part.match(/^\[\.\.\.(\w+)\]$/);
    const optional = part.match(/^\[\[(\w+)\]\]$/);
    if (rest) out += `/:${rest[1]}*`;
    else if (optional) out += `{/:${optional[1]}}?`;
    else {
      const pattern = part.replaceAll(/\[(\w+)\]/g, ":$1");
      if (part.includes("][") || /[[\]]/.test(pattern)) {
        throw new SyntaxError(`Invalid route pattern: "${path}"`);
      }
      out += "/" + pattern;
      fixed = true;
    }
  }
  if (out.startsWith("{/") && !fixed) return out.replace("{/", "/{");
  return out || "/";
}

/** How general one part of a file's path is: literal text is tried first. */
function generality(part: string): number {
  if (part.startsWith("[...")) return 4;
  if (part.startsWith("[[")) return 3;
  if (/^\[\w+\]$/.test(part)) return 2;
  return part.includes("[") ? 1 : 0;
}

/** Orders route files so that the more specific of two patterns comes first. */
export function compareRoutes(a: string, b: string): number {
  const [left, right] = [a, b].map((id) =>
    id.split("/").filter((part) => part && !/^\(.*\)$/.test(part))
  ) as [string[], string[]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i] as string, right[i] as string];
    const order = generality(x) - generality(y);
    if (order !== 0) return order;
    if (x !== y) return x < y ? -1 : 1;
  }
  return right.length - left.length;
}
