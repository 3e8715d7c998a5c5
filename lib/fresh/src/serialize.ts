/**
 * Island props as text. Every value is a cell of one flat JSON array and refers
 * to others by index, which keeps shared references and cycles. Negative indexes
 * are values that JSON lacks; an array that begins with a string is a tagged
 * type. `client/parse.ts` reads it back.
 */
import { isValidElement, type VNode } from "preact";

/** Reads a slot vnode: the id and the prop name of JSX rendered on the server. */
export type SlotReader = (vnode: VNode) => [id: number, name: string] | null;

const SPECIAL = new Map<unknown, number>([
  [undefined, -1],
  [null, -2],
  [NaN, -3],
  [Infinity, -4],
  [-Infinity, -5],
]);
const NEGATIVE_ZERO = -6;
const HOLE = -7;

export function stringify(root: unknown, readSlot: SlotReader): string {
  const cells: string[] = [];
  const seen = new Map<unknown, number>();

  /** Index of the value's cell, written on first sight. */
  function put(value: unknown): number {
    if (Object.is(value, -0)) return NEGATIVE_ZERO;
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
        return tagged("BigInt", String(value));
      case "function":
      case "symbol":
        throw new Error(`Serializing ${typeof value}s is not supported.`);
      case "object":
        return encodeObject(value as object);
      default:
        return JSON.stringify(value);
    }
  }

  function encodeObject(value: object): string {
    if (Array.isArray(value)) {
      return `[${
        Array.from(value, (v, i) => i in value ? put(v) : HOLE).join()
      }]`;
    }
    if (isSignal(value)) {
      const kind = isComputed(value) ? "Computed" : "Signal";
      return tagged(kind, put(value.peek()));
    }
    if (isValidElement(value)) {
      const slot = readSlot(value);
      if (slot === null) {
        throw new Error("JSX reaches an island only as a prop of its own.");
      }
      return tagged("Slot", ...slot);
    }
    if (value instanceof URL) return tagged("URL", value.href);
    if (value instanceof Date) return tagged("Date", put(value.getTime()));
    if (value instanceof RegExp) {
      return tagged("RegExp", value.source, value.flags);
    }
    if (value instanceof Uint8Array) {
      const chars = Array.from(value, (byte) => String.fromCharCode(byte));
      return tagged("Uint8Array", btoa(chars.join("")));
    }
    if (value instanceof Set) return tagged("Set", ...[...value].map(put));
    if (value instanceof Map) {
      return tagged("Map", ...[...value].flat().map(put));
    }
    // A key of this name could change the prototype of what the browser builds.
    const entries = Object.entries(value).filter(([k]) => k !== "__proto__");
    return `{${
      entries.map(([k, v]) => `${JSON.stringify(k)}:${put(v)}`).join()
    }}`;
  }

  const first = put(root);
  return first < 0 ? String(first) : `[${cells.join()}]`;
}

function tagged(tag: string, ...parts: (string | number)[]): string {
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
