/**
 * Whether the owner of a group is still in the company: a list of groups tells it
 * (92120), and groupchat/get does not. It is no word on the group itself, which
 * goes on without its owner.
 */
import type { Queries } from "../store/database.ts";
import { userKey } from "../staff/user_id.ts";
import type { GroupChatPage } from "../wecom/mod.ts";

/**
 * Takes the status of each listed group over. A group whose status is new has to
 * be read, since it may have another owner by now; so has one that is listed for
 * these owners while we know another. No `owners`: it was listed for anybody.
 */
export async function noteListed(
  queries: Queries,
  owners: readonly string[],
  chats: GroupChatPage["chats"],
): Promise<void> {
  await queries`
    update chat set owner_status = page.status,
      announced = coalesce(announced, nextval('reading'))
    from unnest(
      ${chats.map((chat) => chat.chatId)}::text[],
      ${chats.map((chat) => chat.ownerStatus)}::text[]
    ) as page (id, status)
    where chat.chat_id = page.id
      and (chat.owner_status <> page.status
        or ${owners.length > 0} and lower(chat.owner collate "C")
          <> all(${owners.map(userKey)}::text[]))`;
}

/** For a group that has been read: the list had told its owner's status before. */
export async function setOwnerStatus(
  queries: Queries,
  chatId: string,
  status: string,
): Promise<void> {
  await queries`
    update chat set owner_status = ${status}
    where chat_id = ${chatId} and owner_status <> ${status}`;
}
