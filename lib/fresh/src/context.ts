/**
 * One per request: what middlewares, handlers and components get to see, and
 * how a page is answered.
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
  PageProps,
  ResolvedFreshConfig,
  RouteComponent,
} from "./types.ts";

/** The app wrapper in force for the part of the chain that runs. */
export const APP = Symbol("app");
export const SNAPSHOT = Symbol("snapshot");
/** Carries the nonce of a rendered page to `csp()`, never to the client. */
export const NONCE = Symbol("nonce");

export class Context<State> {
  readonly config: ResolvedFreshConfig;
  readonly url: URL;
  readonly info: Deno.ServeHandlerInfo;
  req: Request;
  readonly params: Record<string, string>;
  readonly state: State = {} as State;
  error: unknown = null;
  next: () => Promise<Response>;
  Component: FunctionComponent = () => null;
  /** @internal */
  [APP]: RouteComponent<State> | null = null;
  /** @internal */
  readonly [SNAPSHOT]: Snapshot | null;

  constructor(init: {
    req: Request;
    info: Deno.ServeHandlerInfo;
    url: URL;
    params: Record<string, string>;
    config: ResolvedFreshConfig;
    next: () => Promise<Response>;
    snapshot: Snapshot | null;
  }) {
    this.req = init.req;
    this.info = init.info;
    this.url = init.url;
    this.params = init.params;
    this.config = init.config;
    this.next = init.next;
    this[SNAPSHOT] = init.snapshot;
  }

  /** Renders JSX inside the app wrapper. */
  render(vnode: VNode | null, init: ResponseInit = {}): Promise<Response> {
    if (vnode !== null && !isValidElement(vnode)) {
      throw new Error("Non-JSX element passed to: ctx.render()");
    }
    const app = this[APP];
    let content: VNode | null = null;
    const { html, nonce, preload } = renderDocument(
      this[SNAPSHOT],
      vnode ?? h(Fragment, null),
      app && renderComponent(this, app, () => content),
      (body) => content = body,
    );
    const headers = new Headers(init.headers);
    headers.set("Content-Type", "text/html; charset=utf-8");
    if (preload !== "") headers.append("Link", preload);
    const response = new Response(html, { ...init, headers });
    return Promise.resolve(Object.assign(response, { [NONCE]: nonce }));
  }
}

/** A component as a vnode, with the props of a page. */
export function renderComponent<State>(
  ctx: Context<State>,
  component: RouteComponent<State>,
  child: FunctionComponent,
  data: unknown = null,
): VNode {
  ctx.Component = child;
  const props: PageProps<unknown, State> = {
    Component: child,
    config: ctx.config,
    data,
    error: ctx.error,
    params: ctx.params,
    req: ctx.req,
    state: ctx.state,
    url: ctx.url,
  };
  return h(component as FunctionComponent<typeof props>, props) as VNode;
}
