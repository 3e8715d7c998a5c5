/**
 * Renders a page to HTML through hooks into Preact: islands get markers and
 * their props are collected, JSX handed to an island becomes a slot, scripts and
 * styles get the nonce. A page without islands gets no script at all.
 */
import {
  type ComponentChildren,
  Fragment,
  type FunctionComponent,
  h,
  isValidElement,
  options as publicOptions,
  type VNode,
} from "preact";
import { jsxTemplate } from "preact/jsx-runtime";
import { renderToString } from "preact-render-to-string";
import type { Context } from "./context.ts";
import { markActiveLink } from "./links.ts";
import { lockImage } from "./runtime.ts";
import { stringify } from "./serialize.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Island } from "./types.ts";

type Props = Record<string, unknown>;
type Hook = (vnode: VNode<Props>) => void;

/** Preact's own names of the hooks around one component's render. */
const options = publicOptions as { __b?: Hook; __r?: Hook; diffed?: Hook };

class Render {
  readonly nonce = crypto.randomUUID().replaceAll("-", "");
  readonly islands = new Set<Island>();
  readonly props: Props[] = [];
  /** JSX handed to islands, until it is rendered in place. */
  readonly slots: (SlotProps | null)[] = [];
  readonly tags = new Set<string>();
  /** Whether the code that renders now runs in the browser too; innermost last. */
  readonly inIsland: boolean[] = [];

  constructor(readonly url: URL, readonly snapshot: Snapshot | null) {}
}

let current: Render | null = null;

interface SlotProps {
  id: number;
  name: string;
  content: ComponentChildren;
}

function Slot({ id, name, content }: SlotProps): VNode {
  if (current !== null) current.slots[id] = null;
  return withMarkers("slot", `${id}:${name}`, content);
}

function withMarkers(
  kind: string,
  text: string,
  child: ComponentChildren,
): VNode {
  const comment = (data: string) =>
    h(Fragment, { UNSTABLE_comment: data } as Props);
  return h(Fragment, null, [
    comment(`frsh:${kind}:${text}`),
    child,
    comment(`/frsh:${kind}`),
  ]);
}

/** Islands already between their markers. */
const placed = new WeakSet<VNode>();
/** Props as written, of vnodes that live longer than one page. */
const written = new WeakMap<VNode, Props>();

const before = options.__b;
options.__b = (vnode) => {
  if (current !== null) {
    if (typeof vnode.type === "string") prepareElement(current, vnode);
    else if (!placed.has(vnode) && !current.inIsland.at(-1)) {
      const island = current.snapshot?.islands.get(vnode.type);
      if (island !== undefined) {
        const { type, key } = vnode;
        vnode.type = (props) =>
          place(island, type as FunctionComponent, props, key);
      }
    }
  }
  before?.(vnode);
};

const onRender = options.__r;
options.__r = (vnode) => {
  if (placed.has(vnode)) current?.inIsland.push(true);
  else if (vnode.type === Slot as unknown) current?.inIsland.push(false);
  onRender?.(vnode);
};

const onDiffed = options.diffed;
options.diffed = (vnode) => {
  if (placed.has(vnode) || vnode.type === Slot as unknown) {
    current?.inIsland.pop();
  }
  onDiffed?.(vnode);
};

function prepareElement(page: Render, vnode: VNode<Props>): void {
  const type = vnode.type as string;
  page.tags.add(type);
  if (!/^(a|img|source|script|style)$/.test(type)) return;
  const original = written.get(vnode) ?? vnode.props;
  written.set(vnode, original);
  const props: Props = { ...original };
  if (type === "a") markActiveLink(props, page.url);
  else if (type === "script" || type === "style") props.nonce ||= page.nonce;
  else lockImage(type, props);
  vnode.props = props as typeof vnode.props;
}

/** An island between its markers, with its props kept for the browser. */
function place(
  island: Island,
  type: FunctionComponent,
  given: Props,
  key: unknown,
): VNode {
  if (current === null) return h(type, given);
  const props = { ...given };
  for (const [name, value] of Object.entries(given)) {
    const isJsx = isValidElement(value) && !("peek" in value);
    const isContent = name === "children" && value !== null &&
      (typeof value === "object" || typeof value === "string");
    if (!isJsx && !isContent) continue;
    const id = current.slots.length;
    const slot = { id, name, content: value as ComponentChildren };
    current.slots.push(slot);
    props[name] = h(Slot, slot);
  }
  current.islands.add(island);
  const index = current.props.push(props) - 1;
  const child = h(type, props);
  placed.add(child);
  const safeKey = String(key ?? "").replaceAll(":", "_");
  return withMarkers("island", `${island.name}:${index}:${safeKey}`, child);
}

/**
 * The whole document. `body` is rendered before `page`, so what it sets on the
 * state is there for the app wrapper; `setContent` hands over its HTML.
 */
export function renderDocument<State>(
  { ctx, snapshot }: { ctx: Context<State>; snapshot: Snapshot | null },
  body: VNode | null,
  page: VNode | null,
  setContent: (content: VNode) => void,
): { html: string; nonce: string; preload: string } {
  const outer = current;
  const render = current = new Render(ctx.url, snapshot);
  try {
    let html = renderToString(body ?? h(Fragment, null));
    if (page !== null) {
      setContent(jsxTemplate([html]));
      html = renderToString(page);
    }
    let end = "";
    // Slots that an island did not show yet; rendering one can add more.
    for (let id = 0; id < render.slots.length; id++) {
      const slot = render.slots[id];
      if (!slot) continue;
      const { name, content } = slot;
      const element = h("template", { id: `frsh-${id}-${name}` }, content);
      end += renderToString(element);
    }
    const modules = entries(render, ctx.config.basePath);
    if (modules.script !== "") {
      end += `<script type="module" nonce="${render.nonce}">` +
        `${modules.script}</script>`;
    }
    const { tags } = render;
    if (!tags.has("body")) html = `<body>${html}</body>`;
    if (end !== "") {
      const at = html.lastIndexOf("</body>");
      html = html.slice(0, at) + end + html.slice(at);
    }
    if (!tags.has("head") && !tags.has("html")) {
      html = `<head><meta charset="utf-8"/></head>${html}`;
    }
    if (!tags.has("html")) html = `<html>${html}</html>`;
    const { nonce } = render;
    return { html: "<!DOCTYPE html>" + html, nonce, preload: modules.preload };
  } finally {
    current = outer;
  }
}

/** The boot script and the chunks it needs. */
function entries({ snapshot, islands, props }: Render, basePath: string) {
  const files = new Set<string>();
  let script = "";
  if (snapshot?.devEntry) {
    script += `import ${JSON.stringify(basePath + snapshot.devEntry)};`;
  }
  if (snapshot !== null && islands.size > 0) {
    const list = [...islands];
    const load = (name: string, file: string) => {
      files.add(file);
      return `import{${name}}from${JSON.stringify(basePath + file)};`;
    };
    script += load("boot", snapshot.clientEntry);
    script += list.map(({ exportName, file }, i) =>
      load(`${exportName} as i${i}`, file)
    ).join("");
    const names = list.map(({ name }, i) => `${JSON.stringify(name)}:i${i}`);
    const text = stringify(props, readSlot);
    // A text that looks like it costs a chunk, nothing else.
    const signals = /\["(Signal|Computed)",/.test(text);
    if (signals) {
      script += load("signal,computed", snapshot.signalsEntry);
    }
    script += `boot({${names}},${JSON.stringify(text)}${
      signals ? ",{signal,computed}" : ""
    });`;
    for (const file of [...files]) {
      snapshot.imports[file]?.forEach((chunk) => files.add(chunk));
    }
  }
  const preload = [...files].map((file) =>
    `<${encodeURI(basePath + file)}>; rel="modulepreload"; as="script"`
  ).join(", ");
  return { script: escapeScript(script), preload };
}

/** No text from props may end the script element or open a comment in it. */
function escapeScript(script: string): string {
  return script.replaceAll("<", "\\u003C");
}

function readSlot(vnode: VNode): [number, string] | null {
  if (vnode.type !== Slot as unknown) return null;
  const { id, name } = vnode.props as unknown as SlotProps;
  return [id, name];
}
