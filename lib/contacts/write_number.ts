/**
 * Writes an order's number into the remark of the contact that was chosen, so
 * that the next order matches by itself, and takes it out again when another
 * one is chosen. `remark_mobiles` replaces the whole list (doc 92115): what is
 * there is read first and kept. Only clean numbers are written. A remark can be
 * read by whoever follows the contact, so it must not become a way to read the
 * numbers of orders: who is not on the order, a contact that holds another
 * order's number, and more than some numbers a day are refused.
 */
import type { Sql, TransactionSql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { WITHHELD_REASONS } from "../flows/schemas.ts";
import type { Log } from "../http/log.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import { beginReading } from "../store/reading.ts";
import {
  type FollowedContact,
  remarkContact,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { askContact } from "./ask_contact.ts";
import { choseByHand } from "./decisions.ts";
import { saveContacts } from "./mirror.ts";
import { normalisePhones, spellPhone } from "./phone.ts";
import { whoseNumbers } from "./whose_numbers.ts";
import {
  countWritten,
  forgetWritten,
  lockWriting,
  markTakenOut,
  rememberWritten,
  type Written,
  writtenFor,
} from "./written.ts";

/** Nobody adds more customers by hand in a day. */
const WRITES_A_DAY = 20;
const DAY_MS = 24 * 60 * 60_000;

/** Why a number was not written. */
export type Withheld = typeof WITHHELD_REASONS[number];

export const WITHHELD: Record<Withheld, string> = {
  not_asked: "没有写手机号",
  not_on_order: "您不在这个订单上，手机号没有写进备注",
  other_order: "这位客户的备注里已有另一个订单的手机号，没有再写",
  too_many: "今天写进备注的手机号太多了，这次没有写",
  no_number: "订单里没有完整的手机号，备注没有改",
  shared_number: "订单上是隐私号或公用号码，没有写进备注",
  not_chosen: "客户已改选，手机号没有留在备注里",
  refused: "企业微信没有接受，手机号没有写进备注",
};

export interface WriteDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  now: () => number;
  log: Log;
}

/** null: the remark has the order's clean numbers now. */
export async function writeNumber(
  deps: WriteDeps,
  order: Order,
  found: FollowedContact,
): Promise<Withheld | null> {
  const { sql, vault, now } = deps;
  const { wxUserId, remarkMobiles } = found.followUser;
  if (!staffOf(order).some((id) => isSameUser(id, wxUserId))) {
    return "not_on_order";
  }
  const phones = (await whoseNumbers(deps, order))
    .of(found.contact.externalUserId);
  const clean = phones.filter((phone) => !phone.shared);
  if (phones.length === 0) return "no_number";
  if (clean.length === 0) return "shared_number";
  const present = new Set(remarkMobiles.flatMap(normalisePhones));
  const missing = clean.map((phone) => phone.number)
    .filter((number) => !present.has(number));
  if (missing.length === 0) return null;
  const begun = await sql.begin((sql) =>
    beginWriting(sql, vault, order, found, missing, new Date(now()))
  );
  if (typeof begun === "string") return begun;
  const spelled = [...remarkMobiles, ...missing.map(spellPhone)];
  const remarked = await writeRemark(deps, found, spelled);
  if (remarked.kind === "written") {
    const { externalUserId } = found.contact;
    const { orderId } = order;
    const choice = { orderId, externalUserId, wxUserId };
    if (await choseByHand(sql, choice)) return null;
    // The person chose another customer while WeCom was asked, and that choice
    // could not find this number yet.
    await takeOut(deps, remarked.after, begun);
    return "not_chosen";
  }
  // Without an answer the number may have been written, so it stays remembered.
  if (remarked.kind === "refused") await forgetWritten(sql, begun);
  return "refused";
}

async function beginWriting(
  sql: TransactionSql,
  vault: Vault,
  { orderId }: Order,
  { contact, followUser }: FollowedContact,
  numbers: readonly string[],
  at: Date,
): Promise<Written[] | Withheld> {
  const { wxUserId } = followUser;
  const { externalUserId } = contact;
  const chosen = { orderId, wxUserId, externalUserId };
  await lockWriting(sql, wxUserId);
  const since = new Date(at.getTime() - DAY_MS);
  const before = await countWritten(sql, chosen, since);
  if (before.ofOthersOnContact > 0) return "other_order";
  if (before.ofPerson + numbers.length > WRITES_A_DAY) return "too_many";
  return await rememberWritten(sql, vault, chosen, numbers, at);
}

/**
 * Takes out what earlier choices of this person wrote for this order: every
 * number in remarks of other contacts (but of a couple's other one), and in the remark of the one chosen now
 * those that are not the order's any more. Numbers that somebody has changed
 * since stay. Answers the chosen contact as it is afterwards, and whose remarks
 * were changed.
 */
export async function takeOutFormer(
  deps: WriteDeps,
  order: Order,
  chosen: FollowedContact,
): Promise<{ chosen: FollowedContact; takenFrom: string[] }> {
  const { sql, vault, wecom } = deps;
  const { wxUserId } = chosen.followUser;
  const chosenId = chosen.contact.externalUserId;
  const { orderId } = order;
  const written = await writtenFor(sql, vault, { orderId, wxUserId });
  const { all, areApart } = await whoseNumbers(deps, order);
  const valid = new Set(all.map((phone) => phone.number));
  const former = written.filter((one) =>
    one.externalUserId === chosenId
      ? !valid.has(one.number)
      : !valid.has(one.number) || !areApart(one.externalUserId, chosenId)
  );
  const takenFrom: string[] = [];
  for (
    const [id, written] of Map.groupBy(former, (one) => one.externalUserId)
  ) {
    const found = id === chosenId
      ? chosen
      : await askContact(wecom, wxUserId, id);
    const after = await takeOut(deps, found, written);
    if (after !== found) takenFrom.push(id);
    if (after && id === chosenId) chosen = after;
  }
  return { chosen, takenFrom };
}

/** The contact as it is afterwards; the same when there was nothing to do. */
async function takeOut(
  deps: WriteDeps,
  found: FollowedContact | null,
  written: readonly Written[],
): Promise<FollowedContact | null> {
  const at = new Date(deps.now());
  const ours = new Set(written.map((one) => spellPhone(one.number)));
  const before = found?.followUser.remarkMobiles ?? [];
  const remarkMobiles = before.filter((text) => !ours.has(text));
  if (!found || remarkMobiles.length === before.length) {
    await markTakenOut(deps.sql, written, at);
    return found;
  }
  const remarked = await writeRemark(deps, found, remarkMobiles);
  if (remarked.kind !== "written") return found;
  const { after } = remarked;
  if (await stillStands(deps, after, ours)) return found;
  await markTakenOut(deps.sql, written, at);
  return after;
}

/**
 * The document says little about how a list is cleared (doc 92115), so the
 * result is checked; if the number is still there, the next choice tries again.
 */
async function stillStands(
  { wecom, log }: WriteDeps,
  { contact, followUser }: FollowedContact,
  ours: ReadonlySet<string>,
): Promise<boolean> {
  if (followUser.remarkMobiles.length > 0) return false;
  const { externalUserId } = contact;
  const { wxUserId } = followUser;
  const found = await askContact(wecom, wxUserId, externalUserId);
  const stands = found?.followUser.remarkMobiles.some((text) => ours.has(text));
  if (stands) log("warn", "contacts.remark_not_cleared", { externalUserId });
  return stands ?? false;
}

type Remarked =
  | { kind: "written"; after: FollowedContact }
  | { kind: "refused" }
  | { kind: "unclear" };

/** Into WeCom and into the mirror. */
async function writeRemark(
  { sql, vault, wecom, now, log }: WriteDeps,
  found: FollowedContact,
  remarkMobiles: readonly string[],
): Promise<Remarked> {
  const { externalUserId } = found.contact;
  const { wxUserId } = found.followUser;
  try {
    const input = { wxUserId, externalUserId, remarkMobiles };
    await wecom.call(remarkContact, input);
  } catch (error) {
    log("warn", "contacts.remark_not_written", { externalUserId, error });
    const told = error instanceof WecomError && error.failure === "errcode";
    return { kind: told ? "refused" : "unclear" };
  }
  const followUser = { ...found.followUser, remarkMobiles };
  const after = { ...found, followUser };
  const reading = await beginReading(sql, now);
  await sql.begin((sql) =>
    saveContacts(sql, vault, [after], { run: null, reading })
  );
  return { kind: "written", after };
}
