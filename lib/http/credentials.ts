/**
 * Addresses in texts that others wrote: Deno quotes whole ones in its errors, and
 * drivers those that they cannot read. User and password go, and what stands
 * behind a question mark or a hash.
 */

/** Up to the last @: what cannot be read was not encoded. */
const DATABASE = /\b([a-z]*sql:|postgres:)\/\/[^\s"'<>]*@/gi;
/** A path may hold an @: only what stands before it is a login. */
const LOGIN = /\b(https?:\/\/)[^\s"'<>/?#@]*@/gi;
const BEHIND = /\b(https?:\/\/[^\s"'<>?#]+)[?#][^\s"'<>)]*/gi;

export function hideCredentials(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(DATABASE, "$1//•@").replace(LOGIN, "$1•@")
    .replace(BEHIND, "$1?•");
}
