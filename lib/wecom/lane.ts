/**
 * One process's part in the calls of one API that all processes share. What it may
 * have running stands in an entry of the cache, which is looked at now and then and
 * not with each call: at once when more is wanted than is held, a few times a second
 * while somebody wants what another has, once a second to say that the process
 * lives, and not at all when nobody calls. A process that says nothing for four
 * seconds is taken for dead, and its places are taken. Without a cache the process
 * divides with nobody.
 */
import type { Log } from "../http/log.ts";
import type { CacheStore } from "../store/cache.ts";
import { apart } from "../store/deadline.ts";
import { type Asking, Gate } from "./gate.ts";
import { CALLS_A_SECOND, type Limited, type TooMany } from "./limits.ts";
import { Pace } from "./pace.ts";
import {
  cut,
  isHungry,
  leftOf,
  type Member,
  NOBODY,
  readShared,
  type Shared,
  type Standing,
  take,
  type Taken,
} from "./share.ts";
import { type StartTimer, within } from "./time.ts";

export interface LaneDeps {
  readonly cache: CacheStore;
  /** ms since epoch. */
  readonly now: () => number;
  /** ms, from any beginning; never goes back. */
  readonly elapsed: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly startTimer: StartTimer;
  readonly log: Log;
  /** This process, among all. */
  readonly id: string;
}

const BEAT_MS = 1_000;
const LOOK_MS = 150;
/** Between two looks, however much happens. */
const LEAST_MS = 25;
const DEAD_MS = 4_000;
/** So long a process keeps its places while others have none. */
const QUANTUM_MS = 3_000;
/** What was needed lately is kept, if nobody else wants it. */
const LINGER_MS = 2_000;
const PATIENCE_MS = 1_000;
/** At a stop: who is not told sees it by the beat. */
const LAST_MS = 300;
/** After the cache failed. */
const ALONE_MS = 5_000;
const MOST_TRIES = 8;
/** Longer than clocks differ: the beat tells who lives, not this. */
const KEPT_MS = 10 * 60_000;

export class Lane {
  readonly #api: Limited;
  readonly #key: string;
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
  readonly #beats = new Map<string, { beat: number; at: number }>();
  readonly #refusals = new Set<TooMany>();
  #looking: Promise<void> | null = null;
  #again = false;
  #timer: { at: number; stop: () => void } | null = null;
  #isAlone = false;
  #closed = false;

  constructor(api: Limited, key: string, deps: LaneDeps) {
    this.#api = api;
    this.#key = key;
    this.#deps = deps;
    this.#pace = new Pace(CALLS_A_SECOND, deps.elapsed);
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
    if (this.#mine && !this.#isAlone) await this.#share(LAST_MS);
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
    const told = this.#mine?.wants;
    const isNew = this.#gate.wants().some((n, at) => n > 0 && !told?.[at]);
    const taken = others.reduce((sum, { held }) => sum + held, this.#held);
    if (isNew || taken < limitOf(this.#api, this.#shared, this.#deps.now())) {
      this.#hurry();
    }
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
      if (this.#again) this.#hurry();
      if (this.#mine) this.#lookIn(this.#pauseMs(this.#mine));
    });
  }

  #pauseMs(mine: Member): number {
    if (this.#isAlone) return ALONE_MS;
    return isHungry(mine) || this.#others.some(isHungry)
      ? LOOK_MS * (0.75 + this.#deps.random() / 2)
      : BEAT_MS;
  }

  /** Reads the entry, takes or gives places, and writes it. Never throws. */
  async #share(patienceMs = PATIENCE_MS): Promise<void> {
    const { log, startTimer } = this.#deps;
    const endpoint = this.#api.name;
    const late = () => new Error(`Cache: no answer within ${patienceMs} ms`);
    try {
      const write = () => this.#write();
      this.#adopt(
        await within(patienceMs, late, undefined, startTimer, write),
      );
      if (this.#isAlone) log("info", "wecom.budget.shared", { endpoint });
      this.#isAlone = false;
    } catch (error) {
      if (!this.#isAlone) {
        log("warn", "wecom.budget.alone", { endpoint, error });
      }
      this.#isAlone = true;
      const mine = this.#mine && { [this.#deps.id]: this.#mine };
      this.#adopt(this.#next({ ...this.#shared, members: { ...mine } }));
    }
  }

  async #write(): Promise<Taken> {
    const { cache, now } = this.#deps;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const seen = (await cache.get(this.#key))?.value ?? null;
      const taken = this.#next(readShared(seen ?? undefined));
      const text = JSON.stringify(taken.shared);
      const until = now() + KEPT_MS;
      if (await cache.swap(this.#key, seen, text, until)) return taken;
    }
    throw new Error("Cache: others wrote first each time");
  }

  #next(seen: Shared): Taken {
    const { id, now, elapsed } = this.#deps;
    let shared = this.#withoutDead(seen);
    for (const kind of this.#refusals) shared = cut(shared, kind, now());
    const time = elapsed();
    const standing: Standing = {
      held: this.#held,
      running: this.#gate.running,
      wants: this.#gate.wants(),
      lingers: time - this.#fullAt < LINGER_MS,
      isOverdue: time - this.#heldAt > QUANTUM_MS,
    };
    if (this.#closed) Object.assign(standing, { wants: [], lingers: false });
    return take(shared, id, limitOf(this.#api, shared, now()), standing);
  }

  /** Whose beat has stood still for a while is dead. */
  #withoutDead(seen: Shared): Shared {
    const time = this.#deps.elapsed();
    const members = Object.entries(seen.members).filter(([id, { beat }]) => {
      const known = this.#beats.get(id);
      if (known?.beat !== beat) this.#beats.set(id, { beat, at: time });
      return id === this.#deps.id || known?.beat !== beat ||
        time - known.at < DEAD_MS;
    });
    for (const id of this.#beats.keys()) {
      if (!Object.hasOwn(seen.members, id)) this.#beats.delete(id);
    }
    return { ...seen, members: Object.fromEntries(members) };
  }

  /** It is written: from now on it holds. */
  #adopt({ shared, held, size }: Taken): void {
    const before = this.#mine;
    this.#shared = shared;
    const after = this.#mine;
    if (this.#held === 0 || before?.since !== after?.since) {
      this.#heldAt = this.#deps.elapsed();
    }
    this.#held = held;
    this.#refusals.clear();
    const callers = Math.max(1, Object.keys(shared.members).length);
    const left = leftOf(shared, "rate", this.#deps.now());
    this.#pace.set(CALLS_A_SECOND * left / callers);
    this.#gate.resize(size);
  }
}

function limitOf({ parallel }: Limited, shared: Shared, now: number): number {
  return Math.max(1, Math.floor(parallel * leftOf(shared, "parallel", now)));
}
