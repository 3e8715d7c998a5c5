/**
 * Asks WeCom for one contact as one person follows it (externalcontact/get, doc
 * 92114).
 */
import {
  type CallOptions,
  type FollowedContact,
  getContact,
  isLossy,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { unavailable } from "../wecom/error.ts";
import { createPaging } from "../wecom/paging.ts";
import { isSameUser } from "../staff/user_id.ts";

/**
 * The contact as this person follows it; null: the person does not follow it.
 * Throws when some followers could not be read and this person is not among the
 * others.
 */
export async function askContact(
  wecom: WecomClient,
  wxUserId: string,
  externalUserId: string,
  options: CallOptions = {},
): Promise<FollowedContact | null> {
  const paging = createPaging(getContact);
  try {
    let cursor: string | undefined;
    let lossy = false;
    // More than 500 followers come in pages (doc 92114).
    do {
      const page = await wecom.call(getContact, {
        externalUserId,
        ...(cursor ? { cursor } : {}),
      }, options);
      const followUser = page.followUsers.find((one) =>
        isSameUser(one.wxUserId, wxUserId)
      );
      if (followUser) return { contact: page.contact, followUser };
      lossy ||= isLossy(page);
      cursor = paging(page.nextCursor);
    } while (cursor);
    if (lossy) throw unavailable(getContact.name, "garbage", { errcode: 0 });
    return null;
  } catch (error) {
    // Not of this corp, or nobody here follows it.
    if (error instanceof WecomError && error.remedy === "gone") return null;
    throw error;
  }
}
