/**
 * Each request as a span of ours: method, route and status. The address is none of
 * it, since login codes and signatures stand there.
 */
import type { Middleware } from "fresh";
import { recorded } from "../telemetry/trace.ts";
import type { State } from "./state.ts";

export const traced: Middleware<State> = async function traced(ctx) {
  const { method } = ctx.req;
  const route = routeOf(ctx.url.pathname);
  const attributes = { "http.request.method": method, "http.route": route };
  return await recorded(`${method} ${route}`, attributes, async (tell) => {
    const response = await ctx.next();
    tell({ "http.response.status_code": response.status });
    return response;
  });
};

const ROUTES = [
  "/",
  "/sidebar",
  "/healthz",
  "/readyz",
  "/create-customer-group.html",
  "/auth/login",
  "/auth/callback",
  "/auth/logout",
  "/admin/settings",
  "/admin/doctor",
  "/api/runFlow",
  "/api/contacts/sync",
  "/api/openapi.json",
  "/api/wecom/signature",
  "/api/wecom/callback",
  "/api/erp/staff",
  "/api/erp/orders",
  "/api/erp/events",
];

/** What anybody may write into a path is not a route. */
function routeOf(path: string): string {
  if (ROUTES.includes(path)) return path;
  if (/^\/orders\/[^/]+\/group$/.test(path)) return "/orders/:orderId/group";
  if (/^\/api\/erp\/orders\/[^/]+$/.test(path)) {
    return "/api/erp/orders/:orderId";
  }
  if (/^\/(_fresh|app\.css|orders\.js)/.test(path)) return "static";
  if (path.startsWith("/sandbox")) return "/sandbox";
  return "other";
}
