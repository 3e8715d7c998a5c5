/** A sandbox with a clock in hand, and short ways to call its API. */
import {
  createSandbox,
  type Sandbox,
  type SandboxDeps,
} from "../../lib/sandbox/mod.ts";

export const ORIGIN = "https://app.example.com";
export const START = Date.UTC(2026, 10, 20, 4);

export interface Rig {
  sandbox: Sandbox;
  world: Sandbox["world"];
  /** Moves the clock, ms. */
  tick(ms: number): void;
  get(
    endpoint: string,
    query?: Record<string, string>,
    init?: RequestInit,
  ): Promise<Answer>;
  post(endpoint: string, body: unknown): Promise<Answer>;
  token(): Promise<string>;
}

export type Answer = Record<string, unknown> & { errcode: number };

export function rig(options: Partial<SandboxDeps> = {}): Rig {
  let now = START;
  let draw = 0;
  const sandbox = createSandbox({
    now: () => now,
    random: () => (draw = (draw + 0.618034) % 1),
    log: () => {},
    publicOrigin: ORIGIN,
    ...options,
  });
  const url = (endpoint: string, query: Record<string, string>) =>
    `https://qyapi.weixin.qq.com/cgi-bin/${endpoint}?${new URLSearchParams(
      query,
    )}`;
  async function get(
    endpoint: string,
    query: Record<string, string> = {},
    init: RequestInit = {},
  ): Promise<Answer> {
    const response = await sandbox.api(new Request(url(endpoint, query), init));
    return await response.json();
  }
  async function token(): Promise<string> {
    const ids = { corpid: sandbox.corpId, corpsecret: sandbox.secret };
    return String((await get("gettoken", ids))["access_token"]);
  }
  return {
    sandbox,
    world: sandbox.world,
    tick: (ms) => void (now += ms),
    async get(endpoint, query = {}, init = {}) {
      return await get(
        endpoint,
        { access_token: await token(), ...query },
        init,
      );
    },
    async post(endpoint, body) {
      const init = { method: "POST", body: JSON.stringify(body) };
      return await get(endpoint, { access_token: await token() }, init);
    },
    token,
  };
}

/** A small world with known people: d1 follows all `customers`, p1 follows none. */
export function smallWorld(
  customers: number,
): Partial<SandboxDeps> & { ids: string[] } {
  const ids: string[] = [];
  return {
    ids,
    seed: {
      kind: "built",
      build(builder) {
        ids.length = 0;
        builder.staff({ userId: "d1", name: "小陈" }).staff({
          userId: "p1",
          name: "老王",
        });
        for (let i = 0; i < customers; i++) {
          const id = builder.customer({ name: `客户${i}` });
          builder.follows({
            userId: "d1",
            externalUserId: id,
            remarkMobiles: [`1380000${i}`],
          });
          ids.push(id);
        }
      },
    },
  };
}
