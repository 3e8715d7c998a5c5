/**
 * Starts the islands of a page: finds the markers that the server left, gives
 * every island its props and lets Preact take over the nodes between them.
 * It uses `render`, not `hydrate`, so that what differs from the server's HTML
 * (a button enabled only in the browser) is put right.
 */
import { type ComponentType, type ContainerNode, h, render } from "preact";
import { parse } from "./parse.ts";

type Props = Record<string, unknown>;
type Islands = Record<string, ComponentType<Props>>;

export function boot(
  islands: Islands,
  serialized: string,
): void {
  const allProps = parse(serialized) as Props[];
  const roots: [start: Comment, end: Comment][] = [];
  const walker = document.createTreeWalker(
    document.body,
    NodeFilter.SHOW_COMMENT,
  );
  while (walker.nextNode()) {
    const node = walker.currentNode as Comment;
    if (!node.data.startsWith("frsh:island:")) continue;
    const end = endOf(node);
    if (end) roots.push([node, end]);
    // The parser moved the markers apart: a <div> inside a <p>, for instance.
    else if (process.env.NODE_ENV !== "production") {
      // deno-lint-ignore no-console -- there is nobody else to tell in a browser
      console.error(`Invalid HTML nesting around an island: ${node.data}`);
    }
  }
  // One task each: a page full of islands stays responsive meanwhile.
  for (const [start, end] of roots) {
    const [, , name, index] = start.data.split(":") as string[];
    const island = islands[name as string] as ComponentType<Props>;
    setTimeout(() =>
      render(h(island, { ...allProps[Number(index)] }), container(start, end))
    );
  }
}

/** The marker that closes `start`, among its siblings. */
function endOf(start: Comment): Comment | null {
  for (let node = start.nextSibling; node; node = node.nextSibling) {
    if ((node as Comment).data === "/frsh:island") return node as Comment;
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
