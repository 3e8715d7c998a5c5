/**
 * Whether the owner of a group is still in the company: groupchat/list tells it
 * (92120), groupchat/get does not. An owner who left does not end the group.
 */
import type { Queries } from "../store/database.ts";
import { userKey } from "../staff/user_id.ts";
import type { GroupChatPage } from "../wecom/mod.ts";

/**
 * Takes over the status of each listed group. A group with a new status is
 * marked to be read, since it may have another owner by now; so is one that was
 * listed for these `owners` while we know another owner. Without `owners` the
 * groups were listed for nobody in particular.
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

/**
 * For a group that was read just now: takes over the status that the list told.
 */
export async function setOwnerStatus(
  queries: Queries,
  chatId: string,
  status: string,
): Promise<void> {
  await queries`
    update chat set owner_status = ${status}
    where chat_id = ${chatId} and owner_status <> ${status}`;
}
