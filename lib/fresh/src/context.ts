/**
 * One per request: what middlewares, handlers and components get to see, and
 * the ways to answer.
 */
import {
  Fragment,
  type FunctionComponent,
  h,
  isValidElement,
  type VNode,
} from "preact";
import { renderDocument } from "./render.ts";
import type { Snapshot } from "./snapshot.ts";
import type {
  LayoutConfig,
  PageProps,
  ResolvedFreshConfig,
  RouteComponent,
} from "./types.ts";

/** The app wrapper and layouts in force for the part of the chain that runs. */
export interface Ui<State> {
  app: RouteComponent<State> | null;
  layouts: RouteComponent<State>[];
}

export const UI = Symbol("ui");
export const SNAPSHOT = Symbol("snapshot");
/** Carries the nonce of a rendered page to `csp()`, never to the client. */
export const NONCE = Symbol("nonce");

export class Context<State> {
  readonly config: ResolvedFreshConfig;
  readonly url: URL;
  req: Request;
  /** The pattern that matched, `null` when none did. */
  readonly route: string | null;
  readonly params: Record<string, string>;
  readonly state: State = {} as State;
  data: unknown = undefined;
  error: unknown = null;
  readonly info: Deno.ServeHandlerInfo;
  next: () => Promise<Response>;
  Component: FunctionComponent = () => null;
  /** @internal */
  [UI]: Ui<State> = { app: null, layouts: [] };
  /** @internal */
  readonly [SNAPSHOT]: Snapshot | null;

  constructor(init: {
    req: Request;
    url: URL;
    info: Deno.ServeHandlerInfo;
    route: string | null;
    params: Record<string, string>;
    config: ResolvedFreshConfig;
    next: () => Promise<Response>;
    snapshot: Snapshot | null;
  }) {
    this.req = init.req;
    this.url = init.url;
    this.info = init.info;
    this.route = init.route;
    this.params = init.params;
    this.config = init.config;
    this.next = init.next;
    this[SNAPSHOT] = init.snapshot;
  }

  /**
   * Redirects. A path stays on this site: repeated slashes of either kind, which
   * a browser would read as another host, are collapsed. Other URLs pass as they are.
   */
  redirect(pathOrUrl: string, status = 302): Response {
    const [, path = "", rest = ""] = pathOrUrl.match(/^([^?#]*)(.*)$/s) ?? [];
    const location = /^[/\\]/.test(path)
      ? path.replaceAll(/[/\\]+/g, "/") + rest
      : pathOrUrl;
    return new Response(null, { status, headers: { location } });
  }

  /** Renders JSX inside the layouts and the app wrapper of this route. */
  async render(
    vnode: VNode | null,
    init: ResponseInit = {},
    config: LayoutConfig = {},
  ): Promise<Response> {
    if (arguments.length === 0) {
      throw new Error("No arguments passed to: ctx.render()");
    }
    if (vnode !== null && !isValidElement(vnode)) {
      throw new Error("Non-JSX element passed to: ctx.render()");
    }
    const { app, layouts } = this[UI];
    let body: VNode | null = vnode;
    if (!config.skipInheritedLayouts) {
      for (const layout of layouts.toReversed()) {
        const child = body;
        const result = await renderComponent(this, layout, () => child);
        if (result instanceof Response) return result;
        body = result;
      }
    }
    let page: VNode | null = null;
    let inner: VNode | null = null;
    if (app !== null && !config.skipAppWrapper) {
      const result = await renderComponent(this, app, () => inner);
      if (result instanceof Response) return result;
      page = result ?? h(Fragment, null);
    }
    const { html, nonce, preload } = renderDocument(
      { ctx: this, snapshot: this[SNAPSHOT] },
      body,
      page,
      (content) => inner = content,
    );
    const headers = new Headers(init.headers);
    headers.set("Content-Type", "text/html; charset=utf-8");
    if (preload !== "") headers.append("Link", preload);
    const response = new Response(html, { ...init, headers });
    return Object.assign(response, { [NONCE]: nonce });
  }

  text(content: string, init?: ResponseInit): Response {
    return new Response(content, init);
  }

  html(content: string, init?: ResponseInit): Response {
    const headers = new Headers(init?.headers);
    headers.set("Content-Type", "text/html; charset=utf-8");
    return new Response(content, { ...init, headers });
  }

  json(content: unknown, init?: ResponseInit): Response {
    return Response.json(content, init);
  }

  /** Streams text or bytes from an iterable, or from the function that makes one. */
  stream<U extends string | Uint8Array>(
    source:
      | Iterable<U>
      | AsyncIterable<U>
      | (() => Iterable<U> | AsyncIterable<U>),
    init?: ResponseInit,
  ): Response {
    const encoder = new TextEncoder();
    const encode = new TransformStream<U, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        controller.enqueue(
          typeof chunk === "string"
            ? encoder.encode(chunk)
            : chunk as Uint8Array<ArrayBuffer>,
        );
      },
    });
    const items = typeof source === "function" ? source() : source;
    return new Response(ReadableStream.from(items).pipeThrough(encode), init);
  }
}

/** Runs an async component, or makes the vnode of any other. */
export async function renderComponent<State>(
  ctx: Context<State>,
  component: RouteComponent<State>,
  child: FunctionComponent,
  data: unknown = null,
): Promise<VNode | Response | null> {
  ctx.Component = child;
  const props: PageProps<unknown, State> = {
    Component: child,
    config: ctx.config,
    data,
    error: ctx.error,
    info: ctx.info,
    params: ctx.params,
    req: ctx.req,
    route: ctx.route,
    state: ctx.state,
    url: ctx.url,
  };
  if (component.constructor.name === "AsyncFunction") {
    const run = component as (
      props: unknown,
    ) => Promise<VNode | Response | null>;
    return await run(props);
  }
  return h(component as FunctionComponent<typeof props>, props) as VNode;
}
