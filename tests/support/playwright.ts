/** `playwright-core`, as far as the tests use it. */
import { tool } from "./tools.ts";

type Text = string | RegExp;
type Named = { name?: Text; exact?: boolean };
type Within = { timeout?: number };

export interface Locator {
  and(other: Locator): Locator;
  check(): Promise<void>;
  click(options?: Within): Promise<void>;
  count(): Promise<number>;
  evaluate<R>(of: (element: HTMLElement) => R): Promise<R>;
  filter(which: { hasText: Text }): Locator;
  fill(text: string): Promise<void>;
  first(): Locator;
  focus(): Promise<void>;
  getAttribute(name: string): Promise<string | null>;
  getByRole(role: string, options?: Named): Locator;
  getByText(text: Text, options?: Named): Locator;
  innerText(options?: Within): Promise<string>;
  isChecked(): Promise<boolean>;
  isDisabled(): Promise<boolean>;
  isEnabled(): Promise<boolean>;
  locator(selector: string): Locator;
  nth(index: number): Locator;
  textContent(): Promise<string | null>;
  waitFor(
    options?: Within & {
      state?: "attached" | "detached" | "visible" | "hidden";
    },
  ): Promise<void>;
}

export interface Asked {
  url(): string;
  method(): string;
  resourceType(): string;
  postData(): string | null;
}

export interface Answered {
  request(): Asked;
  url(): string;
  status(): number;
  headers(): Record<string, string>;
  text(): Promise<string>;
  // deno-lint-ignore no-explicit-any -- as `Response` of the platform has it
  json(): Promise<any>;
  finished(): Promise<unknown>;
}

export interface Route {
  request(): Asked;
  abort(): Promise<void>;
  continue(): Promise<void>;
  fulfill(answer: {
    status?: number;
    contentType?: string;
    headers?: Record<string, string>;
    body?: string;
    json?: unknown;
  }): Promise<void>;
}

interface Handle<T> {
  jsonValue(): Promise<T>;
}

export interface Page {
  readonly clock: {
    install(): Promise<void>;
    fastForward(ms: number): Promise<void>;
    runFor(ms: number): Promise<void>;
  };
  readonly keyboard: { press(key: string): Promise<void> };
  addInitScript(script: (() => void) | { content: string }): Promise<unknown>;
  click(selector: string): Promise<void>;
  close(): Promise<void>;
  context(): BrowserContext;
  emulateMedia(media: { colorScheme: "light" | "dark" }): Promise<void>;
  evaluate<R>(work: () => R): Promise<Awaited<R>>;
  evaluate<R, T>(work: (given: T) => R, given: T): Promise<Awaited<R>>;
  getByLabel(text: Text): Locator;
  getByRole(role: string, options?: Named): Locator;
  getByTestId(id: Text): Locator;
  getByText(text: Text, options?: Named): Locator;
  goBack(): Promise<unknown>;
  goto(url: string, options?: { waitUntil?: string }): Promise<Answered | null>;
  locator(selector: string): Locator;
  on(event: "pageerror", hear: (error: Error) => void): void;
  on(
    event: "console",
    hear: (message: { type(): string; text(): string }) => void,
  ): void;
  on(event: "request", hear: (request: Asked) => void): void;
  on(event: "response", hear: (response: Answered) => void): void;
  reload(): Promise<unknown>;
  route(
    url: Text,
    act: (route: Route) => unknown,
    options?: { times: number },
  ): Promise<unknown>;
  screenshot(options: {
    type: "png";
    caret: "hide";
    scale: "css";
  }): Promise<Uint8Array<ArrayBuffer>>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  title(): Promise<string>;
  unroute(url: Text): Promise<void>;
  url(): string;
  waitForEvent(
    event: "requestfailed",
    which: (request: Asked) => boolean,
  ): Promise<Asked>;
  waitForFunction<R>(
    work: () => R,
    given?: undefined,
    options?: Within,
  ): Promise<Handle<R>>;
  waitForRequest(which: Text | ((request: Asked) => boolean)): Promise<Asked>;
  waitForResponse(
    which: Text | ((response: Answered) => boolean | Promise<boolean>),
  ): Promise<Answered>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForURL(url: Text): Promise<void>;
}

export interface BrowserContextOptions {
  viewport?: { width: number; height: number };
  reducedMotion?: "reduce";
  javaScriptEnabled?: boolean;
  permissions?: string[];
}

export interface BrowserContext {
  addCookies(
    cookies: { name: string; value: string; url: string }[],
  ): Promise<void>;
  clearCookies(which?: { name: string }): Promise<void>;
  close(): Promise<void>;
  newPage(): Promise<Page>;
  setDefaultTimeout(ms: number): void;
  setOffline(offline: boolean): Promise<void>;
}

export interface Browser {
  close(): Promise<void>;
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  newPage(): Promise<Page>;
}

interface Playwright {
  chromium: {
    launch(options: {
      executablePath: string;
      env?: Record<string, string>;
      args: string[];
    }): Promise<Browser>;
  };
}

const { chromium } = await tool("playwright-core") as Playwright;
export { chromium };
