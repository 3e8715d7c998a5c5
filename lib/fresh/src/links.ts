/**
 * Marks links to the page that is shown or to one above it, for screen readers
 * and style sheets, as upstream does with every `<a href="/…">`.
 */
export function markActiveLink(
  props: Record<string, unknown>,
  current: URL,
): void {
  const { href } = props;
  if (typeof href !== "string" || !href.startsWith("/")) return;
  if (props["aria-current"] !== undefined) return;
  const target = new URL(href, "http://localhost");
  const [here, there] = [current.pathname, target.pathname].map((path) =>
    path !== "/" && path.endsWith("/") ? path.slice(0, -1) : path
  ) as [string, string];
  const same = here === there &&
    (target.search === "" || target.search === current.search);
  if (same) {
    props["data-current"] = "true";
    props["aria-current"] = "page";
  } else if (there === "/" || (here + "/").startsWith(there + "/")) {
    props["data-ancestor"] = "true";
    props["aria-current"] = "true";
  }
}
