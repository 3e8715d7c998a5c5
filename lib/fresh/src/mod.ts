/**
 * The part of Fresh's public API that this app uses, under Fresh's own names:
 * with the link in `deno.json` taken out the app runs on upstream unchanged.
 */
export { App } from "./app.ts";
export type { Context } from "./context.ts";
export { type ErrorStatus, HttpError } from "./error.ts";
export {
  csp,
  type CSPOptions,
  csrf,
  type CsrfOptions,
  staticFiles,
} from "./middlewares.ts";
export {
  createDefine,
  type Define,
  type HandlerByMethod,
  type HandlerFn,
  type Island,
  type ListenOptions,
  type Method,
  type Middleware,
  page,
  type PageProps,
  type PageResponse,
  type ResolvedFreshConfig,
  type RouteHandler,
} from "./types.ts";
