/**
 * Ties a contact, picked by hand, to an order, and writes the order's number
 * into the contact's remark in WeCom, so that the next order matches by itself.
 * `remark_mobiles` replaces the whole list (doc 92115): what is there is read
 * first and kept.
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { Log } from "../http/log.ts";
import { openOrderNumber } from "../orders/number.ts";
import type { Order } from "../orders/order.ts";
import { AppError } from "../http/errors.ts";
import {
  type FollowedContact,
  remarkContact,
  type WecomClient,
} from "../wecom/mod.ts";
import { beginReading } from "../store/reading.ts";
import { lockOrder } from "../orders/lock.ts";
import { askContact } from "./ask.ts";
import { decide } from "./decisions.ts";
import { saveContacts } from "./mirror.ts";
import { normalisePhones } from "./phone.ts";

export interface LinkDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  now: () => number;
  log: Log;
}

/**
 * The contact as this person follows it, asked from WeCom and put into the
 * mirror. Throws FORBIDDEN when the person does not follow it.
 */
export async function requireFollowed(
  deps: LinkDeps,
  wxUserId: string,
  externalUserId: string,
): Promise<FollowedContact> {
  const reading = await beginReading(deps.sql, deps.now);
  const found = await askContact(deps.wecom, wxUserId, externalUserId);
  if (!found) {
    throw new AppError("FORBIDDEN", {
      msg: "这位客户不在您的企业微信联系人中，请先添加",
    });
  }
  await deps.sql.begin((sql) =>
    saveContacts(sql, deps.vault, [found], { run: null, reading })
  );
  return found;
}

export async function linkCustomer(
  deps: LinkDeps,
  order: Order,
  wxUserId: string,
  externalUserId: string,
): Promise<{ name: string; writtenBack: boolean }> {
  const { sql, vault, now } = deps;
  const found = await requireFollowed(deps, wxUserId, externalUserId);
  await sql.begin(async (sql) => {
    await lockOrder(sql, order.orderId);
    await decide(sql, {
      orderId: order.orderId,
      externalUserId,
      source: "hand",
      wxUserId,
    }, new Date(now()));
  });
  const remarkMobiles = withNumbersOf(
    found.followUser.remarkMobiles,
    openOrderNumber(vault, order),
  );
  const writtenBack = await writeBack(deps, found, remarkMobiles);
  if (writtenBack) {
    const followUser = { ...found.followUser, remarkMobiles };
    const reading = await beginReading(sql, now);
    await sql.begin((sql) =>
      saveContacts(sql, vault, [{ ...found, followUser }], {
        run: null,
        reading,
      })
    );
  }
  return { name: found.contact.name, writtenBack };
}

/** The link holds even when the remark could not be written. */
async function writeBack(
  { wecom, log }: LinkDeps,
  { contact, followUser }: FollowedContact,
  remarkMobiles: string[],
): Promise<boolean> {
  if (remarkMobiles.length === followUser.remarkMobiles.length) return true;
  try {
    await wecom.call(remarkContact, {
      wxUserId: followUser.wxUserId,
      externalUserId: contact.externalUserId,
      remarkMobiles,
    });
    return true;
  } catch (error) {
    log("warn", "contacts.remark_not_written", {
      externalUserId: contact.externalUserId,
      error,
    });
    return false;
  }
}

/** The numbers already there, as typed, and those of the text that are new. */
function withNumbersOf(present: readonly string[], text: string): string[] {
  const known = new Set(present.flatMap(normalisePhones));
  const added = normalisePhones(text).filter((number) => !known.has(number))
    // As people here write it, which is what WeCom's own page shows.
    .map((number) => number.replace(/^\+86(?=1\d{10}$)/, "").split(";")[0])
    .filter((number) => number !== undefined);
  return [...present, ...added];
}
