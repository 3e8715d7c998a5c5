/**
 * What the rest of the app may use of WeCom: the client, its endpoints, its error with the remedy
 * table, the sign-in addresses and the JS-SDK signature. Callbacks have their own door,
 * `callback/crypto.ts`.
 */
export { mayBeDone } from "./attempt.ts";
export { type Budget, createBudget } from "./budget.ts";
export {
  type CallOptions,
  createWecomClient,
  type WecomClient,
  type WecomClientDeps,
} from "./client.ts";
export { type Endpoint, endpoint, pathOf } from "./endpoint.ts";
export * from "./endpoints/mod.ts";
export { clean, type Failure, isCode, isOfOne, WecomError } from "./error.ts";
export { oauthUrl, ssoUrl } from "./oauth.ts";
export { isLossy, type Lossy } from "./answer.ts";
export { CODE, type CodeName } from "./codes/mod.ts";
export type { CodeRow, Mender, Remedy, WecomErrorName } from "./codes/row.ts";
export {
  adviceFor,
  adviceOf,
  listedCode,
  REMEDIES,
  remedyFor,
} from "./remedies.ts";
export type { Place } from "./gate.ts";
export type { Priority } from "./priority.ts";
export type { Seal } from "./resource.ts";
export {
  type PageSignature,
  type PageSignatures,
  signPage,
} from "./signature.ts";
