/**
 * Userids ignore case (90196: 1 to 64 bytes, letters, digits and `_-@.`). The
 * ERP, the sign-in, group members, callbacks and the lower-case `message/send`
 * each spell the same person differently, so two are compared by their normal
 * form alone: ASCII letters in lower case. In SQL that is
 * `lower(id collate "C")`; a locale's own rules would know more letters.
 * What is sent to WeCom and shown keeps its spelling (`spelling.ts`). Ids of
 * chats and of customers (external_userid) are exact and never come here.
 */
declare const normal: unique symbol;

/** A userid in its normal form: for comparing and as a key, never to be sent. */
export type UserKey = string & { readonly [normal]: true };

/** Blanks are cut where the ERP or a person writes, as SQL does not either. */
export function userKey(wxUserId: string): UserKey {
  return wxUserId.replace(
    /[A-Z]+/g,
    (letters) => letters.toLowerCase(),
  ) as UserKey;
}

export function isSameUser(one: string, other: string): boolean {
  return userKey(one) === userKey(other);
}

/** Each person once, as spelled first. */
export function distinctUsers(wxUserIds: Iterable<string>): string[] {
  const found = new Map<UserKey, string>();
  for (const id of wxUserIds) {
    if (!found.has(userKey(id))) found.set(userKey(id), id);
  }
  return [...found.values()];
}
