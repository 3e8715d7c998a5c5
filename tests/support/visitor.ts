/**
 * A browser without a screen: keeps cookies, follows nothing by itself, signs
 * in the way a person does. Works over a handler and over the network.
 */
import assert from "node:assert/strict";
import type { Answer } from "./app.ts";

export type Send = (request: Request) => Promise<Response>;

export const IN_CLIENT = {
  "user-agent": "Mozilla/5.0 wxwork/4.1.30 MicroMessenger/7.0.1",
};

export class Visitor {
  readonly cookies: Map<string, string> = new Map();

  constructor(readonly send: Send, readonly origin: string) {}

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("cookie") && this.cookies.size > 0) {
      headers.set("cookie", this.cookieHeader());
    }
    const url = path.startsWith("http") ? path : this.origin + path;
    const response = await this.send(
      new Request(url, { redirect: "manual", ...init, headers }),
    );
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  cookieHeader(): string {
    return [...this.cookies].map((pair) => pair.join("=")).join("; ");
  }

  /** From /auth/login to WeCom; answers where WeCom would come back to. */
  async begin(next = "/", headers: HeadersInit = IN_CLIENT): Promise<URL> {
    const path = `/auth/login?next=${encodeURIComponent(next)}`;
    const response = await this.fetch(path, { headers });
    await response.body?.cancel();
    assert.equal(response.status, 302);
    const there = new URL(response.headers.get("location") ?? "");
    const back = new URL(there.searchParams.get("redirect_uri") ?? "");
    back.searchParams.set("state", there.searchParams.get("state") ?? "");
    return back;
  }

  /** The whole way; answers the callback's response. */
  async signIn(code: string, next = "/"): Promise<Response> {
    const back = await this.begin(next);
    back.searchParams.set("code", code);
    return await this.fetch(back.pathname + back.search);
  }

  /** What a form of a page sends. */
  async submit(path: string, fields: Record<string, string> = {}) {
    return await this.fetch(path, {
      method: "POST",
      headers: { origin: this.origin },
      body: new URLSearchParams(fields),
    });
  }

  async flow(
    flowId: string,
    input: Record<string, unknown> = {},
  ): Promise<Answer> {
    const response = await this.fetch("/api/runFlow", {
      method: "POST",
      headers: { "content-type": "application/json", origin: this.origin },
      body: JSON.stringify({ flowId, ...input }),
    });
    const { status, headers } = response;
    return { status, headers, ...await response.json() };
  }
}
