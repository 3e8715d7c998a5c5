/**
 * The WeCom client: one `call` that adds the token, keeps each endpoint's budget, judges the answer,
 * tries again where that helps and says in one error type what can be done. It knows endpoints as data
 * and nothing of orders, routes or the database. A call takes at most 12 s from its turn on, so that a
 * hanging WeCom becomes an answer and not a hanging page; to stand in line is no failure, and ends with
 * the caller's signal only.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Secret } from "../config/secret.ts";
import type { Log } from "../http/log.ts";
import type { CacheStore } from "../store/cache.ts";
import { callLimitNow } from "../store/deadline.ts";
import { CODE } from "./codes/mod.ts";
import { attempt, type AttemptDeps, retryDelays } from "./attempt.ts";
import type { Endpoint } from "./endpoint.ts";
import {
  getAgentTicket,
  getJsapiTicket,
  getToken,
  type Issued,
} from "./endpoints/access.ts";
import { unavailable, WecomError } from "./error.ts";
import { createResource, type Seal } from "./resource.ts";
import {
  nonce,
  type PageSignatures,
  signedUrl,
  signPage,
} from "./signature.ts";
import { type Budget, createLocalBudget } from "./budget.ts";
import type { Asking } from "./gate.ts";
import { PRIORITIES, type Priority } from "./priority.ts";
import {
  orAbort,
  type StartTimer,
  startTimer as realTimer,
  within,
} from "./time.ts";

export interface WecomClientDeps {
  readonly corpId: string;
  readonly agentId: string;
  readonly secret: Secret;
  /** Origin of qyapi, of a relay or of a stub. */
  readonly apiBase: string;
  readonly fetch: typeof fetch;
  /** ms since epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  readonly log: Log;
  readonly cache: CacheStore;
  /** Encrypts token and tickets at rest; without it they are stored as they are. */
  readonly seal?: Seal;
  /** Who may call when; this process alone decides unless told. */
  readonly budget?: Budget;
  /** In whose name a call is made; within a class people take turns. */
  readonly personNow?: () => string | null;
  /** Stands around each call: for spans and numbers. */
  readonly observe?: <T>(
    endpoint: string,
    work: () => Promise<T>,
  ) => Promise<T>;
  /** Throws when this person has asked too often; called for each call of a person's. */
  readonly spend?: () => void;
  /** Timers for timeouts; real ones unless a test brings its own. */
  readonly startTimer?: StartTimer;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Limit of the call in ms, from its turn on; 12,000 unless told. */
  readonly ceilingMs?: number;
}

export interface WecomClient {
  /** Throws a {@linkcode WecomError}; with `failure: "aborted"` when the signal did. */
  call<I, O>(
    endpoint: Endpoint<I, O>,
    input: I,
    options?: CallOptions,
  ): Promise<O>;
  /**
   * Waits for a turn of this endpoint's, then runs `work`: a call of the endpoint
   * in it does not stand in line again. For what has to be done at the turn and
   * not before, such as claiming what is read.
   */
  inTurn<T>(
    endpoint: Endpoint<never, unknown>,
    options: Omit<Asking, "priority">,
    work: () => Promise<T>,
  ): Promise<T>;
  /** Counts the calls that `work` makes, by endpoint; those of others are not. */
  counting<T>(
    calls: Record<string, number>,
    work: () => Promise<T>,
  ): Promise<T>;
  /**
   * The calls that `work` makes queue by this priority; without, as `person`. What
   * the night begins stays the night's: inside another the later one holds.
   */
  prioritized<T>(priority: Priority, work: () => Promise<T>): Promise<T>;
  /** A JS-SDK ticket, from the cache when there is one. */
  ticket(kind: "corp" | "agent"): Promise<string>;
  /**
   * Issues both tickets anew, since a client refused what was signed with them;
   * other processes follow within half a minute.
   */
  renewTickets(): Promise<void>;
  /** Rows of answers that could not be used, since this client was made. */
  dropped(): number;
  /** Signs a page for `config` and `agentConfig`. Whether the URL is ours is for the caller to check. */
  sign(url: string): Promise<PageSignatures>;
  /** Resolves when there is a token; asks WeCom only if there is none yet. */
  ready(signal?: AbortSignal): Promise<void>;
}

const CEILING_MS = 12_000;
const PATHS_LOGGED = 5;
const TOKEN_LEASE_MS = 6_000;
const TICKET_LEASE_MS = 10_000;
/** A ticket that clients refuse was renewed by the process that heard of it. */
const TICKET_RECHECK_MS = 30_000;

/** This token is no longer good; `BAD_SECRET` means that the secret is wrong and is not one. */
const STALE_TOKEN: ReadonlySet<number | null> = new Set([
  CODE.BAD_TOKEN,
  CODE.TOKEN_EXPIRED,
]);

export function createWecomClient(deps: WecomClientDeps): WecomClient {
  const { corpId, agentId, secret, now, random, sleep, log } = deps;
  const startTimer = deps.startTimer ?? realTimer;
  const observe = deps.observe ?? ((_, work) => work());
  const budget = deps.budget ?? createLocalBudget({ startTimer });
  const counters = new AsyncLocalStorage<Record<string, number>>();
  const priorities = new AsyncLocalStorage<Priority>();
  /** The name of the endpoint whose turn it is. */
  const turns = new AsyncLocalStorage<string>();
  let dropped = 0;
  const attemptDeps: AttemptDeps = {
    apiBase: deps.apiBase,
    fetch: deps.fetch,
    startTimer,
    secrets: [secret.reveal()],
    onDropped(endpoint, paths) {
      dropped += paths.length;
      log("warn", "wecom.dropped", {
        endpoint,
        count: paths.length,
        paths: paths.slice(0, PATHS_LOGGED),
      });
    },
  };

  function resource(
    kind: string,
    times: { leaseMs: number; recheckMs?: number },
    issue: (signal: AbortSignal) => Promise<Issued>,
  ) {
    const key = `wecom/${corpId}/${agentId}/${kind}`;
    return createResource({ ...deps, startTimer }, {
      key,
      name: kind,
      ...times,
      issue,
    });
  }

  const token = resource(
    "access_token",
    { leaseMs: TOKEN_LEASE_MS },
    (signal) => run(getToken, { corpId, secret }, signal),
  );
  const ofTickets = {
    leaseMs: TICKET_LEASE_MS,
    recheckMs: TICKET_RECHECK_MS,
  };
  const tickets = {
    corp: resource(
      "corp_ticket",
      ofTickets,
      (signal) => run(getJsapiTicket, undefined, signal),
    ),
    agent: resource(
      "agent_ticket",
      ofTickets,
      (signal) => run(getAgentTicket, undefined, signal),
    ),
  };

  const priority = () => priorities.getStore() ?? "person";

  /** In line; what `work` throws, and `aborted` for who leaves the line. */
  async function inLine<T>(
    endpoint: Endpoint<never, unknown>,
    asking: Omit<Asking, "priority">,
    work: () => Promise<T>,
  ): Promise<T> {
    const { name } = endpoint;
    if (turns.getStore() === name) return await work();
    const who = { priority: priority(), person: deps.personNow?.() ?? null };
    const all = { ...asking, ...who };
    let isIn = false;
    try {
      return await budget.run(endpoint, all, () => {
        isIn = true;
        return work();
      });
    } catch (error) {
      if (!isIn && asking.signal?.aborted) throw unavailable(name, "aborted");
      throw error;
    }
  }

  /** With token; a token that WeCom calls stale is replaced once. */
  async function run<I, O>(
    endpoint: Endpoint<I, O>,
    input: I,
    signal: AbortSignal,
  ): Promise<O> {
    const { auth } = endpoint;
    if (auth === "none") return await persist(endpoint, input, null, signal);
    const first = await token.get(signal);
    try {
      return await persist(endpoint, input, first.value, signal);
    } catch (error) {
      if (!(error instanceof WecomError) || !STALE_TOKEN.has(error.errcode)) {
        throw error;
      }
    }
    await token.drop(first);
    const second = await token.get(signal);
    return await persist(endpoint, input, second.value, signal);
  }

  /** Tries again as the failure allows: each kind of failure has its own short list of pauses. */
  async function persist<I, O>(
    endpoint: Endpoint<I, O>,
    input: I,
    accessToken: string | null,
    signal: AbortSignal,
  ): Promise<O> {
    const used = new Map<string, number>();
    for (;;) {
      try {
        return await attempt(attemptDeps, endpoint, input, accessToken, signal);
      } catch (error) {
        if (!(error instanceof WecomError) || signal.aborted) throw error;
        if (error.errcode !== null) budget.refused(endpoint, error.errcode);
        const kind = `${error.failure} ${error.errcode}`;
        const tries = used.get(kind) ?? 0;
        const delay = retryDelays(error, endpoint)[tries];
        if (delay === undefined) throw error;
        used.set(kind, tries + 1);
        log("debug", "wecom.retry", {
          endpoint: endpoint.name,
          kind,
          tries: tries + 1,
        });
        await orAbort(sleep(delay * (0.75 + random() / 2), signal), signal);
      }
    }
  }

  /** The ceiling, the caller's signal and the log of failures around any work. */
  async function bounded<T>(
    name: string,
    options: CallOptions,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { ceilingMs = CEILING_MS } = options;
    const signal = signalOf(options);
    const started = now();
    const late = () =>
      unavailable(name, "timeout", { note: `${ceilingMs} ms` });
    try {
      return await within(ceilingMs, late, signal, startTimer, work);
    } catch (cause) {
      const error = signal?.aborted ? unavailable(name, "aborted") : cause;
      // Anything else is a mistake of ours and is not to be passed off as WeCom's.
      if (!(error instanceof WecomError)) throw error;
      const { errcode, failure } = error;
      const level = failure === "aborted" || error.remedy === "gone"
        ? "debug"
        : "warn";
      log(level, "wecom.failed", {
        endpoint: name,
        errcode,
        failure,
        ms: now() - started,
      });
      throw error;
    }
  }

  async function ticket(kind: "corp" | "agent"): Promise<string> {
    // Each page is signed: nothing is set up to wait with where nobody waits.
    const { value } = tickets[kind].atHand() ?? await bounded(
      `${kind} ticket`,
      {},
      (signal) => tickets[kind].get(signal),
    );
    return value;
  }

  return {
    async call(endpoint, input, options = {}) {
      const { name, auth } = endpoint;
      if (priority() === "person") deps.spend?.();
      const calls = counters.getStore();
      if (calls) calls[name] = (calls[name] ?? 0) + 1;
      // Before queueing, so that all who come during a refresh share its outcome, the failure included.
      if (auth === "token") await bounded(name, options, (s) => token.get(s));
      const asking = { ...options, signal: signalOf(options) };
      return await inLine(endpoint, asking, async () => {
        const started = now();
        const answer = await observe(
          name,
          () =>
            bounded(name, options, (signal) => run(endpoint, input, signal)),
        );
        log("debug", "wecom.call", { endpoint: name, ms: now() - started });
        return answer;
      });
    },

    inTurn: (endpoint, options, work) =>
      inLine(endpoint, options, () => turns.run(endpoint.name, work)),

    counting: (calls, work) => counters.run(calls, work),

    prioritized(asked, work) {
      const outer = priorities.getStore() ?? asked;
      const isLater = PRIORITIES.indexOf(outer) > PRIORITIES.indexOf(asked);
      return priorities.run(isLater ? outer : asked, work);
    },

    ticket,

    async renewTickets() {
      await Promise.all(
        Object.values(tickets).map((one) =>
          bounded("renew ticket", {}, (signal) => one.renew(signal))
        ),
      );
    },

    dropped: () => dropped,

    async sign(url) {
      const [corp, agent] = await Promise.all([
        ticket("corp"),
        ticket("agent"),
      ]);
      const page = { url: signedUrl(url), timestamp: Math.floor(now() / 1000) };
      return {
        corpId,
        agentId,
        url: page.url,
        config: signPage({
          ...page,
          ticket: corp,
          nonceStr: nonce("c", random),
        }),
        agentConfig: signPage({
          ...page,
          ticket: agent,
          nonceStr: nonce("a", random),
        }),
      };
    },

    async ready(signal) {
      await bounded(
        "gettoken",
        signal === undefined ? {} : { signal },
        (s) => token.get(s),
      );
    },
  };
}

/** The caller's own, or that of the request that asks. */
function signalOf({ signal }: CallOptions): AbortSignal | undefined {
  return signal ?? callLimitNow() ?? undefined;
}
