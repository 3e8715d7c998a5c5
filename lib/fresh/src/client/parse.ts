/**
 * Reads what `serialize.ts` wrote. Containers enter the table before their
 * contents are read, so cycles close on the same object.
 */
import type { Signal } from "@preact/signals";

/** Handed in by pages whose props hold a signal. */
export type Signals = typeof import("./signals.ts");

/** JSX that the server rendered: its markers or its template carry this id. */
export class SlotRef {
  constructor(readonly id: number, readonly name: string) {}
}

type Cell =
  | string
  | number
  | boolean
  | (string | number)[]
  | Record<string, number>;

const SPECIAL = [undefined, null, NaN, Infinity, -Infinity, -0];

export function parse(text: string, signals?: Signals): unknown {
  const parsed = JSON.parse(text) as Cell[] | number;
  if (typeof parsed === "number") return SPECIAL[~parsed];
  const cells = parsed;
  const done: unknown[] = [];

  function get(index: number): unknown {
    if (index < 0) return SPECIAL[~index];
    if (index in done) return done[index];
    const cell = cells[index];
    if (typeof cell !== "object") return done[index] = cell;
    if (!Array.isArray(cell)) {
      const out: Record<string, unknown> = done[index] = {};
      for (const key in cell) out[key] = get(cell[key] as number);
      return out;
    }
    if (typeof cell[0] === "string") {
      return tagged(index, cell[0], cell.slice(1));
    }
    const out: unknown[] = done[index] = [];
    out.length = cell.length;
    (cell as number[]).forEach((ref, i) => {
      if (ref !== -7) out[i] = get(ref);
    });
    return out;
  }

  function tagged(index: number, tag: string, parts: (string | number)[]) {
    const refs = parts as number[];
    const [a, b] = parts as [string, string];
    switch (tag) {
      case "Signal": {
        // The page that holds one has brought them along.
        const out: Signal<unknown> = done[index] = (signals as Signals)
          .signal();
        out.value = get(refs[0] as number);
        return out;
      }
      case "Computed":
        return done[index] = (signals as Signals)
          .computed(() => get(refs[0] as number));
      case "Set": {
        const out = done[index] = new Set();
        refs.forEach((ref) => out.add(get(ref)));
        return out;
      }
      case "Map": {
        const out = done[index] = new Map();
        for (let i = 0; i < refs.length; i += 2) {
          out.set(get(refs[i] as number), get(refs[i + 1] as number));
        }
        return out;
      }
      case "Slot":
        return done[index] = new SlotRef(refs[0] as number, b);
      case "Date":
        return done[index] = new Date(get(refs[0] as number) as number);
      case "URL":
        return done[index] = new URL(a);
      case "RegExp":
        return done[index] = new RegExp(a, b);
      case "BigInt":
        return done[index] = BigInt(a);
      default:
        return done[index] = Uint8Array.from(atob(a), (c) => c.charCodeAt(0));
    }
  }

  return get(0);
}
