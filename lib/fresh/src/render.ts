/**
 * Renders a page to HTML through hooks into Preact: islands get markers and
 * their props are collected, scripts and styles get the nonce. A page without
 * islands gets no script at all.
 */
import {
  Fragment,
  type FunctionComponent,
  h,
  options as publicOptions,
  type VNode,
} from "preact";
import { jsxTemplate } from "preact/jsx-runtime";
import { renderToString } from "preact-render-to-string";
import { stringify } from "./serialize.ts";
import { BOOT, type Snapshot } from "./snapshot.ts";
import type { Island } from "./types.ts";

type Props = Record<string, unknown>;
type Hook = (vnode: VNode<Props>) => void;

/** Preact's own names of the hooks around one component's render. */
const options = publicOptions as { __b?: Hook; __r?: Hook; diffed?: Hook };

class Render {
  readonly nonce = crypto.randomUUID().replaceAll("-", "");
  readonly islands = new Set<Island>();
  readonly props: Props[] = [];
  readonly tags = new Set<string>();
  /** How many islands the code that renders now is inside of. */
  depth = 0;

  constructor(readonly snapshot: Snapshot | null) {}
}

let current: Render | null = null;

/** Islands already between their markers. */
const placed = new WeakSet<VNode>();
/** Props as written, of vnodes that live longer than one page. */
const written = new WeakMap<VNode, Props>();

const before = options.__b;
options.__b = (vnode) => {
  if (current !== null) {
    if (typeof vnode.type === "string") prepareElement(current, vnode);
    else if (!placed.has(vnode) && current.depth === 0) {
      const island = current.snapshot?.islands.get(vnode.type);
      if (island !== undefined) {
        const { type } = vnode;
        vnode.type = (props) => place(island, type as FunctionComponent, props);
      }
    }
  }
  before?.(vnode);
};

const onRender = options.__r;
options.__r = (vnode) => {
  if (current !== null && placed.has(vnode)) current.depth++;
  onRender?.(vnode);
};

const onDiffed = options.diffed;
options.diffed = (vnode) => {
  if (current !== null && placed.has(vnode)) current.depth--;
  onDiffed?.(vnode);
};

function prepareElement(page: Render, vnode: VNode<Props>): void {
  const type = vnode.type as string;
  page.tags.add(type);
  if (type !== "script" && type !== "style") return;
  const original = written.get(vnode) ?? vnode.props;
  written.set(vnode, original);
  const props: Props = { ...original };
  props.nonce ||= page.nonce;
  vnode.props = props as typeof vnode.props;
}

/** An island between its markers, with its props kept for the browser. */
function place(island: Island, type: FunctionComponent, props: Props): VNode {
  if (current === null) return h(type, props);
  current.islands.add(island);
  const index = current.props.push(props) - 1;
  const child = h(type, props);
  placed.add(child);
  const comment = (data: string) =>
    h(Fragment, { UNSTABLE_comment: data } as Props);
  return h(Fragment, null, [
    comment(`frsh:island:${island.name}:${index}:`),
    child,
    comment("/frsh:island"),
  ]);
}

/**
 * The whole document. `body` is rendered before `page`, so what it sets on the
 * state is there for the app wrapper; `setContent` hands over its HTML.
 */
export function renderDocument(
  snapshot: Snapshot | null,
  body: VNode,
  page: VNode | null,
  setContent: (content: VNode) => void,
): { html: string; nonce: string; preload: string } {
  const outer = current;
  const render = current = new Render(snapshot);
  try {
    let html = renderToString(body);
    if (page !== null) {
      setContent(jsxTemplate([html]));
      html = renderToString(page);
    }
    const { script, preload } = entries(render);
    const { nonce, tags } = render;
    if (!tags.has("body")) html = `<body>${html}</body>`;
    if (script !== "") {
      const at = html.lastIndexOf("</body>");
      html = `${html.slice(0, at)}<script type="module" nonce="${nonce}">` +
        `${script}</script>${html.slice(at)}`;
    }
    if (!tags.has("head") && !tags.has("html")) {
      html = `<head><meta charset="utf-8"/></head>${html}`;
    }
    if (!tags.has("html")) html = `<html>${html}</html>`;
    return { html: "<!DOCTYPE html>" + html, nonce, preload };
  } finally {
    current = outer;
  }
}

/** The boot script and the chunks it needs. */
function entries({ snapshot, islands, props }: Render) {
  const files = new Set<string>();
  let script = "";
  if (snapshot?.devEntry) {
    script += `import ${JSON.stringify(snapshot.devEntry)};`;
  }
  if (snapshot !== null && islands.size > 0) {
    const list = [...islands];
    const load = (name: string, file: string) => {
      files.add(file);
      return `import{${name}}from${JSON.stringify(file)};`;
    };
    const [first, ...others] = new Set(list.map(({ file }) => file));
    const alone = others.length === 0 ? snapshot.alone[first ?? ""] : undefined;
    script += alone
      ? load(`${BOOT} as boot`, alone)
      : load("boot", snapshot.clientEntry);
    script += list.map(({ exportName, file }, i) =>
      load(`${exportName} as i${i}`, alone ?? file)
    ).join("");
    const names = list.map(({ name }, i) => `${JSON.stringify(name)}:i${i}`);
    const text = stringify(props);
    script += `boot({${names}},${JSON.stringify(text)});`;
    for (const file of [...files]) {
      snapshot.imports[file]?.forEach((chunk) => files.add(chunk));
    }
  }
  const preload = [...files].map((file) =>
    `<${encodeURI(file)}>; rel="modulepreload"; as="script"`
  ).join(", ");
  return { script: escapeScript(script), preload };
}

/** No text from props may end the script element or open a comment in it. */
function escapeScript(script: string): string {
  return script.replaceAll("<", "\\u003C");
}
