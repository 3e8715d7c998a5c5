/** Where an order's page is, for links. */

/**
 * Browsers and proxies take "." and ".." in a path for directories, encoded ones
 * too: such ids travel in the query.
 */
export function orderPath(orderId: string): string {
  const encoded = encodeURIComponent(orderId);
  return /^\.\.?$/.test(orderId)
    ? `/create-customer-group.html?orderId=${encoded}`
    : `/orders/${encoded}/group`;
}
