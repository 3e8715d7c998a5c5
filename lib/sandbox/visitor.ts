/**
 * Who sits at the browser: the simulated client's own login, a cookie that has
 * nothing to do with the product's session. `external:<id>` is a customer, who
 * has WeChat and no company account. Posts are taken from our own pages only.
 */
import type { Identity } from "./context.ts";
import type { Customer, Staff } from "./types.ts";
import type { World } from "./world.ts";

export const CLIENTS = {
  phone: "手机企业微信",
  desktop: "电脑企业微信",
  early: "企业微信 3.0.20",
  old: "旧版企业微信",
  none: "普通浏览器",
} as const;
export type ClientKind = keyof typeof CLIENTS;

export type Visitor =
  | { kind: "staff"; id: string; staff: Staff }
  | { kind: "customer"; id: string; customer: Customer };

function cookie(request: Request, name: string): string | null {
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value) {
      try {
        return decodeURIComponent(value);
      } catch {
        return null;
      }
    }
  }
  return null;
}

/** Someone of this world by the value of the cookie or a form; null when nobody. */
export function visitorById(world: World, id: string): Visitor | null {
  if (id.startsWith("external:")) {
    const customer = world.state.customers.get(id.slice("external:".length));
    return customer ? { kind: "customer", id, customer } : null;
  }
  const staff = world.state.staff.get(id);
  return staff ? { kind: "staff", id, staff } : null;
}

export function visitorOf(world: World, request: Request): Visitor | null {
  const id = cookie(request, "sandbox_identity");
  return id ? visitorById(world, id) : null;
}

export function clientOf(request: Request): ClientKind {
  const kind = cookie(request, "sandbox_client");
  return kind && Object.hasOwn(CLIENTS, kind) ? kind as ClientKind : "phone";
}

const WEEK = 604_800;

function attributes(identity: Identity): string {
  const secure = identity.publicOrigin.startsWith("https:") ? "; Secure" : "";
  return `Path=/; Max-Age=${WEEK}; SameSite=Lax${secure}`;
}

export function identityCookie(identity: Identity, id: string): string {
  return `sandbox_identity=${encodeURIComponent(id)}; HttpOnly; ${
    attributes(identity)
  }`;
}

/** Readable by the bridge, which must know before the first script runs. */
export function clientCookie(identity: Identity, kind: ClientKind): string {
  return `sandbox_client=${kind}; ${attributes(identity)}`;
}

/** True for a post that one of our own pages sent. */
export function fromOurPages(request: Request, identity: Identity): boolean {
  const origin = request.headers.get("origin");
  if (origin) {
    return origin === identity.publicOrigin ||
      origin === new URL(request.url).origin;
  }
  return request.headers.get("sec-fetch-site") === "same-origin";
}
