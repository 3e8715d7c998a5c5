/**
 * Starts the islands of a page: finds the markers that the server left, gives
 * every island its props and lets Preact take over the nodes between them.
 * It uses `render`, not `hydrate`, so that what differs from the server's HTML
 * (a button enabled only in the browser) is put right.
 */
import {
  type ComponentChild,
  type ComponentType,
  type ContainerNode,
  h,
  options,
  render,
} from "preact";
import { lockImage } from "../runtime.ts";
import { parse, type Signals, SlotRef } from "./parse.ts";

type Props = Record<string, unknown>;
type Islands = Record<string, ComponentType<Props>>;

const vnodeHook = options.vnode;
options.vnode = (vnode) => {
  lockImage(vnode.type, vnode.props as { src?: unknown });
  vnodeHook?.(vnode);
};

export function boot(
  islands: Islands,
  serialized: string,
  signals?: Signals,
): void {
  const allProps = parse(serialized, signals) as Props[];
  const slots = new Map<number, Comment>();
  const roots: [start: Comment, end: Comment][] = [];

  let open: Comment | null = null;
  const walker = document.createTreeWalker(
    document.body,
    NodeFilter.SHOW_COMMENT,
  );
  while (walker.nextNode()) {
    const node = walker.currentNode as Comment;
    const [, kind, id] = node.data.split(":");
    if (kind === "slot") slots.set(Number(id), node);
    else if (node === open) open = null;
    else if (kind === "island" && !open) {
      open = endOf(node);
      if (open) roots.push([node, open]);
      // The parser moved the markers apart: a <div> inside a <p>, for instance.
      // deno-lint-ignore no-console -- there is nobody else to tell in a browser
      else console.error(`Invalid HTML nesting around an island: ${node.data}`);
    }
  }

  /** An island as a vnode, from its start marker. */
  function island(start: Comment): ComponentChild {
    const [, , name, index, key] = start.data.split(":") as string[];
    const props: Props = { ...allProps[Number(index)] };
    for (const prop in props) {
      const value = props[prop];
      if (value instanceof SlotRef) props[prop] = slotContent(value);
    }
    if (key) props.key = key;
    return h(islands[name as string] as ComponentType<Props>, props);
  }

  function slotContent({ id, name }: SlotRef): ComponentChild[] {
    const start = slots.get(id);
    if (start) return vnodes(start.nextSibling, endOf(start));
    const template = document.getElementById(`frsh-${id}-${name}`);
    return vnodes((template as HTMLTemplateElement).content.firstChild, null);
  }

  /** DOM nodes as vnodes, from one sibling up to another. */
  function vnodes(node: Node | null, end: Node | null): ComponentChild[] {
    const out: ComponentChild[] = [];
    for (; node && node !== end; node = node.nextSibling) {
      if (node instanceof Element) {
        const props: Props = {};
        for (const { nodeName, nodeValue } of Array.from(node.attributes)) {
          // A boolean attribute is true whatever its text.
          const own = (node as unknown as Props)[nodeName];
          props[nodeName] = typeof own === "boolean" ? true : nodeValue;
        }
        out.push(h(node.localName, props, vnodes(node.firstChild, null)));
      } else if (node instanceof Text) {
        out.push(node.data);
      } else if (/^frsh:island/.test((node as Comment).data)) {
        out.push(island(node as Comment));
        node = endOf(node as Comment) ?? node;
      }
    }
    return out;
  }

  // One task each: a page full of islands stays responsive meanwhile.
  for (const [start, end] of roots) {
    setTimeout(() => render(island(start), container(start, end)));
  }
}

/** The marker that closes `start`, among its siblings. */
function endOf(start: Comment): Comment | null {
  const kind = start.data.split(":")[1] as string;
  let depth = 0;
  for (let node: Node | null = start; node; node = node.nextSibling) {
    if (node.nodeType !== Node.COMMENT_NODE) continue;
    const { data } = node as Comment;
    if (data.startsWith("frsh:" + kind)) depth++;
    else if (data === "/frsh:" + kind && !--depth) return node as Comment;
  }
  return null;
}

/**
 * The part of a DOM node that Preact needs, for the nodes between two markers.
 * Preact steps over comments when it inserts, so the end becomes a text node.
 */
function container(start: Comment, marker: Comment): ContainerNode {
  const parent = start.parentNode as Element;
  const end = new Text();
  parent.replaceChild(end, marker);
  const childNodes: Node[] = [];
  for (let node: Node | null = start.nextSibling; node && node !== end;) {
    childNodes.push(node);
    node = node.nextSibling;
  }
  return {
    nodeType: 1,
    parentNode: parent,
    namespaceURI: parent.namespaceURI,
    firstChild: childNodes[0] ?? null,
    childNodes,
    contains: (node: Node) => childNodes.some((child) => child.contains(node)),
    insertBefore: (node: Node, before: Node | null) =>
      parent.insertBefore(node, before || end),
    appendChild: (node: Node) => parent.insertBefore(node, end),
    removeChild: (node: Node) => parent.removeChild(node),
  } as unknown as ContainerNode;
}
