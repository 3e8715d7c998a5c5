/** How long the page waits for others: WeCom's data, and the client. */

/** Seconds between questions while WeCom's data catches up (document 96338). */
export const PACE = [0, 1, 2, 3, 5, 8];

/** Milliseconds: the client may never answer (closed, or in another window). */
export const CLIENT_PATIENCE = 20_000;
