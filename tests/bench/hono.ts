/** `hono`, as far as the benches compare us with it. */
import { tool } from "../support/tools.ts";

interface Context {
  // deno-lint-ignore no-explicit-any -- as `Request` of the platform has it
  req: { json(): Promise<any> };
  json(value: unknown, status?: number): Response;
  html(text: string): Response;
}

type Handler = (context: Context) => Response | Promise<Response>;

export interface Hono {
  use(
    guard: (
      context: Context,
      next: () => Promise<void>,
    ) => Promise<Response | void>,
  ): unknown;
  get(path: string, handle: Handler): unknown;
  post(path: string, handle: Handler): unknown;
  fetch(request: Request): Response | Promise<Response>;
}

const { Hono } = await tool("hono") as { Hono: new () => Hono };
const { getCookie } = await tool("hono/cookie") as {
  getCookie(context: Context, name: string): string | undefined;
};

export const createHono = (): Hono => new Hono();
export { getCookie };
