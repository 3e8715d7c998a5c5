/**
 * Only in development: reloads the page once the server has started anew. The
 * stream reconnects by itself; a different revision means a new server.
 */
let revision = "";
new EventSource("/_frsh/alive").onmessage = ({ data }) => {
  if (revision && revision !== data) location.reload();
  revision = data;
};
