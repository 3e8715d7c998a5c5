/**
 * Gives an order its own 联系我 code (`add_contact_way`, 92228): one for each
 * person whom it adds, the same again however often it is asked for. The row is
 * written before WeCom is asked, and no call is made in a transaction; of several
 * taps at once one asks, and the others wait for its answer.
 */
import type { Audited } from "../audit/audit.ts";
import { chatOfOrder } from "../chats/mirror.ts";
import { AppError } from "../http/errors.ts";
import { lockOrder } from "../orders/lock.ts";
import type { Order } from "../orders/order.ts";
import { spelled } from "../staff/spelling.ts";
import type { Sql, TransactionSql } from "../store/database.ts";
import {
  addContactWay,
  mayBeDone,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import {
  beginCode,
  forgetCode,
  keepCode,
  liveCode,
  loseCode,
} from "./order_codes.ts";

/** Longer than a call and its place in line: who asks longer is no more. */
const ASKING_MS = 30_000;
/** Shorter than anybody waits for an answer of the API. */
const PATIENCE_MS = 6_000;
const LOOK_EVERY_MS = 200;
/** Of the remark, by which the company's people tell codes apart (92228). */
const LONGEST = 30;

export interface MakeDeps {
  sql: Sql;
  wecom: WecomClient;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

export interface GivenCode {
  qrCode: string;
  state: string;
}

/**
 * `wxUserId`: whom it adds. Throws GROUP_ALREADY_EXISTS, RATE_LIMITED when
 * somebody else's tap takes long, and what WeCom refuses with.
 */
export async function giveCode(
  deps: MakeDeps,
  { orderId, orderNo }: Order,
  { wxUserId, audited }: { wxUserId: string; audited: Audited },
): Promise<GivenCode> {
  const { sql, now, sleep } = deps;
  const until = now() + PATIENCE_MS;
  for (;;) {
    const turn = await sql.begin((sql) =>
      takeTurn(sql, orderId, wxUserId, now(), audited)
    );
    if (turn.kind === "made") return turn.code;
    if (turn.kind === "mine") {
      const remark = [...`订单 ${orderNo}`].slice(0, LONGEST).join("");
      const { state } = turn;
      return await make(deps, { wxUserId, state, remark }, audited);
    }
    if (now() >= until) {
      throw new AppError("RATE_LIMITED", {
        msg: "二维码正在生成，请稍后再试",
        retryAfterSeconds: 3,
      });
    }
    await sleep(LOOK_EVERY_MS);
  }
}

type Turn =
  | { kind: "made"; code: GivenCode }
  | { kind: "mine"; state: string }
  /** Another tap is asking WeCom. */
  | { kind: "wait" };

/** Under the order's lock: no code is begun beside a group that is being bound. */
async function takeTurn(
  sql: TransactionSql,
  orderId: string,
  wxUserId: string,
  now: number,
  audited: Audited,
): Promise<Turn> {
  await lockOrder(sql, orderId);
  const chat = await chatOfOrder(sql, orderId);
  if (chat && chat.dismissedAt === null) {
    throw new AppError("GROUP_ALREADY_EXISTS", {
      details: { chatId: chat.chatId, groupName: chat.name },
    });
  }
  const known = await liveCode(sql, orderId, wxUserId);
  if (known && known.qrCode !== null) {
    await audited(sql, { wxUserId });
    const { qrCode, state } = known;
    return { kind: "made", code: { qrCode, state } };
  }
  const at = new Date(now);
  if (known) {
    if (now - known.begunAt.getTime() < ASKING_MS) return { kind: "wait" };
    await loseCode(sql, known.state, at);
  }
  const state = await beginCode(sql, orderId, wxUserId, at);
  return { kind: "mine", state };
}

async function make(
  { sql, wecom, now }: MakeDeps,
  wish: { wxUserId: string; state: string; remark: string },
  audited: Audited,
): Promise<GivenCode> {
  const { state, wxUserId } = wish;
  try {
    const [id = wxUserId] = await spelled(sql, [wxUserId]);
    const made = await wecom.call(addContactWay, { ...wish, wxUserId: id });
    await sql.begin(async (sql) => {
      await keepCode(sql, state, made);
      await audited(sql, { wxUserId });
    });
    return { qrCode: made.qrCode, state };
  } catch (error) {
    const isRefused = error instanceof WecomError && !mayBeDone(error);
    if (isRefused) await forgetCode(sql, state);
    else await loseCode(sql, state, new Date(now()));
    throw error;
  }
}
