/**
 * One process's part in the calls of one API that all processes share. What it may
 * have running stands in an entry of the cache, which is looked at now and then and
 * not with each call: at once when more is wanted than is held, a few times a second
 * while somebody wants what another has, once a second to say that the process
 * lives, and not at all when nobody calls. A process that says nothing for four
 * seconds is taken for dead, and its places are taken. Without a cache the process
 * divides with nobody.
 */
import { apart } from "../store/deadline.ts";
import { type Asking, Gate } from "./gate.ts";
import { CALLS_A_SECOND, type Limited, type TooMany } from "./limits.ts";
import { Pace } from "./pace.ts";
import {
  type AgeOf,
  cut,
  isHungry,
  leftOf,
  type Member,
  NOBODY,
  type Shared,
  type Standing,
  take,
  type Taken,
} from "./share.ts";
import {
  AWAY_MS,
  BEAT_MS,
  type EntryDeps,
  SharedEntry,
} from "./shared_entry.ts";
import { Sightings } from "./sightings.ts";

export type LaneDeps = EntryDeps;

const LOOK_MS = 150;
/** If more processes than this look, each does more seldom. */
const MANY = 8;
/** Between two looks, however much happens. */
const LEAST_MS = 25;
const DEAD_MS = 4_000;
/** So long a process keeps its places while others have none. */
const QUANTUM_MS = 3_000;
/** What was needed lately is kept, if nobody else wants it. */
const LINGER_MS = 2_000;
/** At a stop: who is not told sees it by the beat. */
const LAST_MS = 300;

export class Lane {
  readonly #api: Limited;
  readonly #entry: SharedEntry;
  readonly #deps: LaneDeps;
  readonly #pace: Pace;
  readonly #gate: Gate;
  /** As this process saw and wrote it last. */
  #shared: Shared = NOBODY;
  #held = 0;
  /** When the places began to be held, or had their time. */
  #heldAt = 0;
  #fullAt = 0;
  #lookedAt = -Infinity;
  readonly #beats: Sightings;
  readonly #cuts: Sightings;
  readonly #refusals = new Set<TooMany>();
  #looking: Promise<void> | null = null;
  #again = false;
  #timer: { at: number; stop: () => void } | null = null;
  /** Others wrote first the last time. */
  #isLate = false;
  #closed = false;

  constructor(api: Limited, key: string, deps: LaneDeps) {
    this.#api = api;
    this.#entry = new SharedEntry(key, api.name, deps);
    this.#deps = deps;
    this.#pace = new Pace(CALLS_A_SECOND, deps.elapsed);
    this.#beats = new Sightings(deps.elapsed);
    this.#cuts = new Sightings(deps.elapsed);
    const changed = () => this.#changed();
    this.#gate = new Gate(0, { ...deps, pace: this.#pace, changed });
  }

  run<T>(asking: Asking, work: () => Promise<T>): Promise<T> {
    return this.#gate.run(asking, work);
  }

  refused(kind: TooMany): void {
    this.#refusals.add(kind);
    this.#hurry();
  }

  /** Gives everything back; who waits is left to its own signal. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#gate.close();
    this.#timer?.stop();
    await this.#looking;
    if (this.#mine && !this.#entry.isAway) await this.#share(LAST_MS);
  }

  get #mine(): Member | undefined {
    return this.#shared.members[this.#deps.id];
  }

  get #others(): Member[] {
    return Object.entries(this.#shared.members)
      .filter(([id]) => id !== this.#deps.id).map(([, member]) => member);
  }

  /** Looks at the entry before its time, if that is of use. */
  #changed(): void {
    const { running, waiting } = this.#gate;
    if (running >= this.#held) this.#fullAt = this.#deps.elapsed();
    const others = this.#others;
    if (running < this.#held && others.some(isHungry)) return this.#hurry();
    if (waiting === 0) return;
    const told = this.#mine;
    // More came than the others know of: of another class, or than fit in.
    const isNew = !told || running >= this.#held && !isHungry(told) ||
      this.#gate.wants().some((n, at) => n > 0 && !told.wants[at]);
    const taken = others.reduce((sum, { held }) => sum + held, this.#held);
    if (isNew || taken < this.#limitOf(this.#shared)) this.#hurry();
  }

  #hurry(): void {
    if (this.#looking !== null) this.#again = true;
    else {
      this.#lookIn(this.#lookedAt + LEAST_MS - this.#deps.elapsed());
    }
  }

  /** Looks in so many ms, if it is not to look sooner anyway. */
  #lookIn(ms: number): void {
    if (this.#closed) return;
    const at = this.#deps.elapsed() + Math.max(0, ms);
    if (this.#timer && this.#timer.at <= at) return;
    this.#timer?.stop();
    this.#timer = null;
    if (ms <= 0) return this.#look();
    const stop = this.#deps.startTimer(ms, () => {
      this.#timer = null;
      this.#look();
    });
    this.#timer = { at, stop };
  }

  #look(): void {
    this.#again = false;
    // It is everybody's, and does not end with the request that began it.
    this.#looking = apart(() => this.#share()).finally(() => {
      this.#looking = null;
      this.#lookedAt = this.#deps.elapsed();
      // Those who came while all was given back, and wait for the pace, heard nothing.
      const isForgotten = !this.#mine && this.#gate.waiting > 0;
      if (this.#again || isForgotten) this.#hurry();
      const isWanted = this.#mine || this.#isLate;
      if (isWanted) this.#lookIn(this.#pauseMs());
    });
  }

  #pauseMs(): number {
    if (this.#entry.isAway) return AWAY_MS;
    const all = Object.values(this.#shared.members);
    if (!this.#isLate && !all.some(isHungry)) return BEAT_MS;
    const pause = LOOK_MS * (0.75 + this.#deps.random() / 2);
    return Math.min(BEAT_MS, pause * Math.max(1, all.length / MANY));
  }

  /** Takes or gives places. Never rejects. */
  async #share(patienceMs?: number): Promise<void> {
    const next = (seen: Shared) => this.#next(seen);
    const done = await this.#entry.change(next, patienceMs);
    this.#isLate = done === "late";
    if (done === "away") {
      // As if no other process were there.
      const mine = this.#mine && { [this.#deps.id]: this.#mine };
      this.#adopt(next({ ...this.#shared, members: { ...mine } }));
    } else if (done !== "late") this.#adopt(done);
  }

  #next(seen: Shared): Taken & Told {
    const { id, now, elapsed } = this.#deps;
    const told = [...this.#refusals];
    let shared = this.#withoutDead(seen);
    for (const kind of told) {
      shared = cut(shared, kind, { now: now(), ageOf: this.#ageOf });
    }
    const time = elapsed();
    const standing: Standing = {
      held: this.#held,
      running: this.#gate.running,
      // More than all there is makes no difference.
      wants: this.#gate.wants()
        .map((count) => Math.min(count, this.#api.parallel + 1)),
      lingers: time - this.#fullAt < LINGER_MS,
      isOverdue: time - this.#heldAt > QUANTUM_MS,
    };
    if (this.#closed) Object.assign(standing, { wants: [], lingers: false });
    return { ...take(shared, id, this.#limitOf(shared), standing), told };
  }

  /** Whose beat has stood still for a while is dead. */
  #withoutDead(seen: Shared): Shared {
    const { id } = this.#deps;
    const members = Object.entries(seen.members).filter(([one, { beat }]) =>
      this.#beats.ageOf(one, beat) < DEAD_MS || one === id
    );
    this.#beats.keep((one) => Object.hasOwn(seen.members, one));
    return { ...seen, members: Object.fromEntries(members) };
  }

  /** A clock that is behind that of who was refused tells nothing. */
  readonly #ageOf: AgeOf = (kind, { to, at }) =>
    Math.max(this.#cuts.ageOf(kind, `${to} ${at}`), this.#deps.now() - at);

  #limitOf(shared: Shared): number {
    const left = leftOf(shared, "parallel", this.#ageOf);
    return Math.max(1, Math.floor(this.#api.parallel * left));
  }

  /** It is written: from now on it holds. */
  #adopt({ shared, held, size, told }: Taken & Told): void {
    const before = this.#mine;
    this.#shared = shared;
    const after = this.#mine;
    if (this.#held === 0 || before?.since !== after?.since) {
      this.#heldAt = this.#deps.elapsed();
    }
    this.#held = held;
    // Others may have come since.
    for (const kind of told) this.#refusals.delete(kind);
    const taken = Object.values(shared.members)
      .reduce((sum, { held }) => sum + held, 0);
    const left = leftOf(shared, "rate", this.#ageOf);
    if (held > 0) this.#pace.set(CALLS_A_SECOND * left * held / taken);
    this.#gate.resize(size);
  }
}

interface Told {
  /** Refusals of WeCom's that are in it. */
  told: TooMany[];
}
