/** What the sandbox hands to those who answer: to a call of the API, and to a page. */
import type { Body } from "./params.ts";
import type { World } from "./world.ts";

export interface Identity {
  corpId: string;
  agentId: string;
  secret: string;
  publicOrigin: string;
}

export interface ApiContext {
  world: World;
  identity: Identity;
  query: URLSearchParams;
  body: Body;
  now: number;
}

export interface Endpoint {
  method: "GET" | "POST";
  /** False only for gettoken. */
  token?: false;
  /** Fields that an error answer carries too. */
  empty?: Body;
  run(context: ApiContext): Body;
}

export interface PageContext {
  world: World;
  identity: Identity;
  random(): number;
  /** Starts anew, with what goes along with the company. */
  reset(): Promise<ResetAnswer>;
}

/** Why nothing was changed: who goes along is `busy`, or may not. */
export type ResetAnswer = "done" | "busy" | "refused";
