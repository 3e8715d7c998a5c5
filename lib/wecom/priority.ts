/**
 * Whose calls go first when WeCom lets only a few pass at a time: who signs in
 * has nothing on the screen yet, somebody waits for a page, a first sync takes a
 * while anyway, and the night has until the morning. Nobody starves: a class that
 * was passed over eight times is next.
 */
export const PRIORITIES = ["signIn", "person", "sync", "night"] as const;
export type Priority = typeof PRIORITIES[number];

const MOST_PASSED = 8;

/** Waiting lines, one for each class; within a class in order of arrival. */
export class PriorityQueue<T> {
  readonly #lines = PRIORITIES.map(() => ({
    waiting: new Set<T>(),
    passed: 0,
  }));

  get size(): number {
    return this.#lines.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  sizeOf(priority: Priority): number {
    return this.#lines[PRIORITIES.indexOf(priority)]?.waiting.size ?? 0;
  }

  add(one: T, priority: Priority): void {
    this.#lines[PRIORITIES.indexOf(priority)]?.waiting.add(one);
  }

  /** Takes out the one whose turn it is. */
  next(): T | undefined {
    const busy = this.#lines.filter(({ waiting }) => waiting.size > 0);
    const line = busy.find(({ passed }) => passed >= MOST_PASSED) ?? busy[0];
    if (line === undefined) return undefined;
    for (const other of busy) other.passed++;
    line.passed = 0;
    const [first] = line.waiting;
    if (first !== undefined) line.waiting.delete(first);
    return first;
  }

  /** How many come before this one, if nobody else comes. */
  ahead(one: T): number {
    let ahead = 0;
    for (const { waiting } of this.#lines) {
      if (!waiting.has(one)) {
        ahead += waiting.size;
        continue;
      }
      for (const other of waiting) {
        if (other === one) return ahead;
        ahead++;
      }
    }
    return ahead;
  }

  /** Takes one out that does not want to wait any more; false: it is not in. */
  remove(one: T): boolean {
    return this.#lines.some(({ waiting }) => waiting.delete(one));
  }
}
