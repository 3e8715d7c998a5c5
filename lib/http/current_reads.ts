/**
 * Lists that a replica answers may be some seconds behind, but not behind what the
 * person who looks at them has just done. Whoever changes something gets a cookie
 * that ends when no replica that may answer can be from before; with it the primary
 * answers. The browser carries it, so that it holds on every process. Without a
 * replica nothing of it happens.
 */
import type { Middleware } from "fresh";
import { isSecure } from "../auth/login.ts";
import { followChanges, type OwnChanges } from "../store/own_changes.ts";
import { MOST_LAG_MS } from "../store/replica_lag.ts";
import { cookie, readCookie } from "./cookies.ts";
import { DEADLINES } from "./deadline.ts";
import type { State } from "./state.ts";

const COOKIE = "changed";
/** The change may be committed as late as its request ends. */
const SECONDS = Math.ceil((MOST_LAG_MS + DEADLINES.api) / 1000);

/** Puts the cookie on the answer, errors included: their change may have been made. */
export const rememberChange: Middleware<State> = async function rememberChange(
  ctx,
) {
  const response = await ctx.next();
  const { changes, services } = ctx.state;
  if (!changes?.made) return response;
  const options = { maxAge: SECONDS, secure: isSecure(services) };
  // Headers of some responses are read-only (`Response.redirect`).
  const changed = new Response(response.body, response);
  changed.headers.append("set-cookie", cookie(COOKIE, "1", options));
  return changed;
};

export const currentReads: Middleware<State> = async function currentReads(
  ctx,
) {
  const { services } = ctx.state;
  if (!services?.staleReads.lags) return await ctx.next();
  const { headers } = ctx.req;
  const recent = readCookie(headers, COOKIE, isSecure(services)) !== undefined;
  const changes: OwnChanges = { recent, made: false };
  ctx.state.changes = changes;
  return await followChanges(changes, () => ctx.next());
};
