/**
 * Reads what `serialize.ts` wrote. Containers enter the table before their
 * contents are read, so cycles close on the same object.
 */
import { computed, type Signal, signal } from "@preact/signals";

type Cell =
  | string
  | number
  | boolean
  | (string | number)[]
  | Record<string, number>;

const SPECIAL = [undefined, null, NaN, Infinity, -Infinity, -0];

export function parse(text: string): unknown {
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
      return tagged(index, cell[0], cell[1] as number);
    }
    const out: unknown[] = done[index] = [];
    out.length = cell.length;
    (cell as number[]).forEach((ref, i) => {
      if (ref !== -7) out[i] = get(ref);
    });
    return out;
  }

  function tagged(index: number, tag: string, ref: number) {
    if (tag === "Date") return done[index] = new Date(get(ref) as number);
    if (tag === "Computed") return done[index] = computed(() => get(ref));
    const out: Signal<unknown> = done[index] = signal();
    out.value = get(ref);
    return out;
  }

  return get(0);
}
