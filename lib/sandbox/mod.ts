/**
 * A WeCom company in a box: whoever has no company account can try everything,
 * and the tests have a peer that answers like the real one. The product reaches
 * it only as it reaches WeCom: qyapi over HTTP, the OAuth redirect, and
 * `window.WeixinJSBridge` in the browser. It is loaded in sandbox mode only.
 */
import type { Log } from "../http/log.ts";
import { createApi, realSleep, type Sleep } from "./api.ts";
import type { Identity, ResetAnswer } from "./context.ts";
import { createPages } from "./pages.ts";
import { buildWorld, type WorldSeed } from "./seed.ts";
import type { Journal } from "./types.ts";
import { World } from "./world.ts";

export { type Builder } from "./builder.ts";
export {
  type DemoOrder,
  demoOrders,
  type DemoStaff,
  demoStaff,
  grownMobile,
  grownOrders,
  grownStaff,
  type WorldSeed,
} from "./seed.ts";
export { ODDITY_NAMES } from "./oddities.ts";
export { type FaultKind, type FaultRule } from "./faults.ts";
export { eventXml } from "./events.ts";
export type {
  Chat,
  ChatEvent,
  ContactEvent,
  Journal,
  WorldEvent,
} from "./types.ts";
export type { ClientOutcome, VerbName, World, WorldSettings } from "./world.ts";

export interface SandboxDeps {
  now(): number;
  random(): number;
  log: Log;
  /** Where the product is served; the only place an OAuth redirect may go to. */
  publicOrigin: string;
  corpId?: string;
  agentId?: string;
  secret?: string;
  journal?: Journal;
  seed?: WorldSeed;
  /** Waiting for latency and slow faults; a real timer unless given. */
  sleep?: Sleep;
}

export interface Sandbox {
  /** qyapi: any origin, paths under /cgi-bin/. */
  api(request: Request): Promise<Response>;
  /** Everything under /sandbox/ for people; null when the path is not ours. */
  pages(request: Request): Promise<Response | null>;
  readonly world: World;
  /**
   * What stands around the company's new start: `around` calls it once it may be,
   * and answers what came of it.
   */
  followReset(around: (restart: () => void) => Promise<ResetAnswer>): void;
  /** Settles when the journal has been replayed; api and pages wait for it by themselves. */
  readonly ready: Promise<void>;
  readonly corpId: string;
  readonly agentId: string;
  readonly secret: string;
  readonly callbackToken: string;
  readonly callbackAesKey: string;
}

export function createSandbox(deps: SandboxDeps): Sandbox {
  const identity: Identity = {
    corpId: deps.corpId ?? "ww0123456789abcdef",
    agentId: deps.agentId ?? "1000002",
    secret: deps.secret ?? "sandboxSecretOfNobody0123456789abcdefghijkl",
    publicOrigin: new URL(deps.publicOrigin).origin,
  };
  const world = new World({
    now: deps.now,
    log: deps.log,
    journal: deps.journal ?? null,
    seed: () => buildWorld(deps.seed ?? { kind: "demo" }, deps.now()),
  });
  const ready = world.replay();
  ready.catch(() => {}); // reported by whoever waits for it
  const api = createApi(world, identity, deps.sleep ?? realSleep);
  let around = (restart: () => void): Promise<ResetAnswer> => {
    restart();
    return Promise.resolve("done");
  };
  let resetting: Promise<ResetAnswer> | null = null;
  /** Two taps are one. */
  const reset = () =>
    resetting ??= around(() => world.reset()).finally(() => resetting = null);
  const pages = createPages({ world, identity, random: deps.random, reset });
  return {
    async api(request) {
      await ready;
      return await api(request);
    },
    async pages(request) {
      await ready;
      return await pages(request);
    },
    world,
    followReset: (given) => void (around = given),
    ready,
    corpId: identity.corpId,
    agentId: identity.agentId,
    secret: identity.secret,
    callbackToken: "sandboxCallbackToken",
    callbackAesKey: "c2FuZGJveC1jYWxsYmFjay1rZXktb2Ytbm9ib2R5MTI",
  };
}
