/**
 * Whose calls go first when WeCom lets only a few pass at a time: who signs in
 * has nothing on the screen yet, somebody waits for a page, a first sync takes a
 * while anyway, and the night has until the morning. Nobody starves: a class that
 * was passed over eight times is next.
 */
export const PRIORITIES = ["signIn", "person", "sync", "night"] as const;
export type Priority = typeof PRIORITIES[number];

const MOST_PASSED = 8;

/**
 * Waiting lines, one for each class. Within a class people take turns, so that who
 * asks for a hundred things holds nobody up; what nobody asked for is one person's.
 */
export class PriorityQueue<T> {
  readonly #lines = PRIORITIES.map(() => ({
    waiting: new Turns<T>(),
    passed: 0,
  }));

  get size(): number {
    return this.#lines.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  sizeOf(priority: Priority): number {
    return this.#lines[PRIORITIES.indexOf(priority)]?.waiting.size ?? 0;
  }

  add(one: T, priority: Priority, person: string | null = null): void {
    this.#lines[PRIORITIES.indexOf(priority)]?.waiting.add(one, person);
  }

  /** Takes out the one whose turn it is. */
  next(): T | undefined {
    const busy = this.#lines.filter(({ waiting }) => waiting.size > 0);
    const line = busy.find(({ passed }) => passed >= MOST_PASSED) ?? busy[0];
    if (line === undefined) return undefined;
    for (const other of busy) other.passed++;
    line.passed = 0;
    return line.waiting.next();
  }

  /** How many come before this one, if nobody else comes. */
  ahead(one: T): number {
    let ahead = 0;
    for (const { waiting } of this.#lines) {
      const within = waiting.ahead(one);
      if (within !== null) return ahead + within;
      ahead += waiting.size;
    }
    return ahead;
  }

  /** Takes one out that does not want to wait any more; false: it is not in. */
  remove(one: T): boolean {
    return this.#lines.some(({ waiting }) => waiting.delete(one));
  }
}

/** A line in which people take turns; of one person's in order of arrival. */
class Turns<T> {
  /** Whoever's turn is next comes first. */
  readonly #people = new Map<string | null, Set<T>>();

  get size(): number {
    let size = 0;
    for (const own of this.#people.values()) size += own.size;
    return size;
  }

  add(one: T, person: string | null): void {
    const own = this.#people.get(person) ?? new Set();
    own.add(one);
    this.#people.set(person, own);
  }

  next(): T | undefined {
    const [found] = this.#people;
    if (!found) return undefined;
    const [person, own] = found;
    const [first] = own;
    this.#people.delete(person);
    if (first !== undefined) own.delete(first);
    if (own.size > 0) this.#people.set(person, own);
    return first;
  }

  delete(one: T): boolean {
    for (const [person, own] of this.#people) {
      if (!own.delete(one)) continue;
      if (own.size === 0) this.#people.delete(person);
      return true;
    }
    return false;
  }

  /** null: it is not in this line. */
  ahead(one: T): number | null {
    const lines = [...this.#people.values()].map((own) => [...own]);
    const turn = lines.findIndex((own) => own.includes(one));
    const place = lines[turn]?.indexOf(one) ?? -1;
    if (place < 0) return null;
    // Who comes before in the round has one more of theirs before it.
    return lines.reduce(
      (sum, own, at) =>
        sum +
        (at === turn
          ? place
          : Math.min(own.length, at < turn ? place + 1 : place)),
      0,
    );
  }
}
