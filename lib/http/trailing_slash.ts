/**
 * "/orders/1/group/" is "/orders/1/group". A page is asked for again without the
 * slash, since WeCom checks a page's signature against the address that stands
 * in the browser; a call of the API is answered as it is.
 */
import type { Middleware } from "fresh";
import type { State } from "./state.ts";

const API = /^\/api(\/|$)/;

/** Of a call of the API: the same request at the address without the slash. */
export function withoutSlash(request: Request): Request {
  if (!/\/(\?|$)/.test(request.url)) return request;
  const url = new URL(request.url);
  const path = trimmed(url.pathname);
  if (path === url.pathname || !API.test(path)) return request;
  url.pathname = path;
  // Not of the request itself: Deno warns when its signal is taken over.
  const { method, headers, body } = request;
  return new Request(url, { method, headers, body });
}

export const trailingSlash: Middleware<State> = function trailingSlash(ctx) {
  const { pathname, search } = ctx.url;
  const path = trimmed(pathname);
  const reading = /^(GET|HEAD)$/.test(ctx.req.method);
  if (path === pathname || !reading) return ctx.next();
  const headers = { location: path + search };
  return Promise.resolve(new Response(null, { status: 308, headers }));
};

/** One slash in front, whatever came: two would be another host. */
function trimmed(pathname: string): string {
  return pathname.endsWith("/")
    ? "/" + pathname.replaceAll(/^\/+|\/+$/g, "")
    : pathname;
}
