/**
 * Ties a contact, picked by hand, to an order. Choosing again undoes the choice
 * before, with what was written for it.
 */
import type { Order } from "../orders/order.ts";
import { lockOrder } from "../orders/lock.ts";
import type { Audited } from "../audit/audit.ts";
import { AppError } from "../http/errors.ts";
import type { FollowedContact } from "../wecom/mod.ts";
import { beginReading } from "../store/reading.ts";
import { askContact } from "./ask_contact.ts";
import { choseByHand, decideCustomer } from "./decisions.ts";
import { ERASED, erasedAmong } from "./erase.ts";
import { hideNumbers } from "./phone.ts";
import { saveContacts } from "./mirror.ts";
import {
  takeOutFormer,
  type Withheld,
  type WriteDeps,
  writeNumber,
} from "./write_number.ts";

const MOST_TURNS = 3;

export type FollowDeps = Pick<WriteDeps, "sql" | "vault" | "wecom" | "now">;

/**
 * The contact as this person follows it, asked from WeCom and put into the
 * mirror. Throws FORBIDDEN when the person does not follow it.
 */
export async function requireFollowed(
  deps: FollowDeps,
  wxUserId: string,
  externalUserId: string,
): Promise<FollowedContact> {
  // A listing of the night may overtake the answer: then it is asked for again.
  for (let turn = 1;; turn++) {
    const reading = await beginReading(deps.sql, deps.now);
    const found = await askContact(deps.wecom, wxUserId, externalUserId);
    if (!found) {
      throw new AppError("FORBIDDEN", {
        msg: "这位客户不在您的企业微信联系人中，请先添加",
      });
    }
    const kept = await deps.sql.begin((sql) =>
      saveContacts(sql, deps.vault, [found], { run: null, reading })
    );
    if (kept || turn === MOST_TURNS) return found;
  }
}

export interface LinkResult {
  name: string;
  /** null: the order's number stands in the contact's remark. */
  withheld: Withheld | null;
  /** From whose remarks the order's number was taken out again. */
  takenFrom: string[];
}

/**
 * Throws FORBIDDEN. The link stays, whether or not the number can be written.
 */
export async function linkCustomer(
  deps: WriteDeps,
  order: Order,
  { wxUserId, externalUserId, write, requestId, audited }: {
    wxUserId: string;
    externalUserId: string;
    /** The person wants the number in the remark. */
    write: boolean;
    requestId: string;
    audited: Audited;
  },
): Promise<LinkResult> {
  const { orderId } = order;
  const found = await requireFollowed(deps, wxUserId, externalUserId);
  const at = new Date(deps.now());
  await deps.sql.begin(async (sql) => {
    await lockOrder(sql, orderId);
    const source = "hand";
    const choice = { orderId, externalUserId, wxUserId, source } as const;
    await decideCustomer(sql, choice, at, requestId);
    await audited(sql);
  });
  const { chosen, takenFrom } = await takeOutFormer(deps, order, found);
  const withheld = write ? await writeNumber(deps, order, chosen) : "not_asked";
  const erased = await erasedAmong(deps.sql, [externalUserId]);
  const name = erased.size > 0 ? ERASED : hideNumbers(found.contact.name);
  return { name, withheld, takenFrom };
}

/**
 * The group is made, so a customer whom the person chose by hand was the right
 * one: the number is written now, if it was not before. An error does not undo
 * the group.
 */
export async function writeForGroup(
  deps: WriteDeps,
  order: Order,
  wxUserId: string,
  externalUserId: string,
): Promise<void> {
  const choice = { orderId: order.orderId, wxUserId, externalUserId };
  try {
    if (!await choseByHand(deps.sql, choice)) return;
    const found = await askContact(deps.wecom, wxUserId, externalUserId);
    if (found) await writeNumber(deps, order, found);
  } catch (error) {
    deps.log("warn", "contacts.number_not_written", { ...choice, error });
  }
}
