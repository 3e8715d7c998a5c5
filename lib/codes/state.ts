/**
 * The `state` of an order's own code: what WeCom brings back with whoever scanned
 * it, in the event and with the contact (docs 92114, 92130), 30 characters at
 * most (92228). Nobody can guess it, and it tells nothing of the order. By its
 * beginning contacts that came through other codes are passed over at no cost.
 */
const OURS = /^oc[0-9a-f]{26}$/;

export function newState(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(13));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return `oc${hex.join("")}`;
}

/** May it be one of ours? Whether it is, the table tells. */
export function isOurs(state: string | null): state is string {
  return state !== null && OURS.test(state);
}
