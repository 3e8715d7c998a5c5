/**
 * The methods of a route under /api: 405 for one that it lacks (Fresh answers 404
 * there, so a route is one function that chooses the method itself).
 */
import type { Context } from "fresh";
import type { State } from "./state.ts";
import { AppError } from "./errors.ts";

export type ApiHandler = (ctx: Context<State>) => Response | Promise<Response>;

/** One handler for all methods; HEAD is GET, OPTIONS tells what is allowed. */
export function methods(handlers: Record<string, ApiHandler>): ApiHandler {
  const allow = Object.keys(handlers);
  if (handlers.GET) allow.push("HEAD");
  allow.push("OPTIONS");
  return (ctx) => {
    const { method } = ctx.req;
    const name = method === "HEAD" ? "GET" : method;
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler) return handler(ctx);
    if (method === "OPTIONS") {
      const headers = { allow: allow.join(", ") };
      return new Response(null, { status: 204, headers });
    }
    throw new AppError("METHOD_NOT_ALLOWED", { allow });
  };
}
