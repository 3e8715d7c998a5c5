/**
 * Island props as text. Every value is a cell of one flat JSON array and refers
 * to others by index, which keeps shared references and cycles. Negative indexes
 * are values that JSON lacks; an array that begins with a string is a tagged
 * type. `client/parse.ts` reads it back.
 */
import { isValidElement } from "preact";

const SPECIAL = new Map<unknown, number>([
  [undefined, -1],
  [null, -2],
  [NaN, -3],
  [Infinity, -4],
  [-Infinity, -5],
]);
const NEGATIVE_ZERO = -6;
const HOLE = -7;

/** Throws for what cannot cross: functions, JSX, maps, sets and other classes. */
export function stringify(root: unknown): string {
  const cells: string[] = [];
  const seen = new Map<unknown, number>();

  /** Index of the value's cell, written on first sight. */
  function put(value: unknown): number {
    if (value === 0 && Object.is(value, -0)) return NEGATIVE_ZERO;
    const index = SPECIAL.get(value) ?? seen.get(value);
    if (index !== undefined) return index;
    const at = cells.push("") - 1;
    seen.set(value, at);
    cells[at] = encode(value);
    return at;
  }

  function encode(value: unknown): string {
    switch (typeof value) {
      case "bigint":
      case "function":
      case "symbol":
        throw unsupported(typeof value);
      case "object":
        return encodeObject(value as object);
      default:
        return JSON.stringify(value);
    }
  }

  function encodeObject(value: object): string {
    if (Array.isArray(value)) {
      const parts: number[] = [];
      for (let i = 0; i < value.length; i++) {
        parts.push(i in value ? put(value[i]) : HOLE);
      }
      return `[${parts.join()}]`;
    }
    if (isSignal(value)) {
      const kind = isComputed(value) ? "Computed" : "Signal";
      return tagged(kind, put(value.peek()));
    }
    if (value instanceof Date) return tagged("Date", put(value.getTime()));
    const kind = kindOf(value);
    if (isValidElement(value)) throw unsupported("JSX element");
    if (kind !== "Object") throw unsupported(kind);
    let text = "";
    for (const [key, part] of Object.entries(value)) {
      // It could change the prototype of what the browser builds.
      if (key === "__proto__") continue;
      text += `${text && ","}${JSON.stringify(key)}:${put(part)}`;
    }
    return `{${text}}`;
  }

  const first = put(root);
  return first < 0 ? String(first) : `[${cells.join()}]`;
}

/** "Object" of a plain one; of others what they say they are. */
function kindOf(value: object): string {
  return Object.getPrototypeOf(value) === Object.prototype &&
      !(Symbol.toStringTag in value)
    ? "Object"
    : Object.prototype.toString.call(value).slice(8, -1);
}

function unsupported(kind: string): Error {
  return new Error(`Serializing ${kind}s is not supported.`);
}

function tagged(tag: string, ...parts: number[]): string {
  return JSON.stringify([tag, ...parts]);
}

interface SignalLike {
  peek(): unknown;
}

function isSignal(value: object): value is SignalLike {
  return "peek" in value && typeof value.peek === "function" &&
    "value" in value;
}

/** Computeds keep their function in `x`, a mangled name upstream relies on too. */
function isComputed(value: object): boolean {
  return "x" in value && typeof value.x === "function" ||
    "_fn" in value && typeof value._fn === "function";
}
