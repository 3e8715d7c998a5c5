/** The WeCom client in a person's hand: makes chats in the world, or does not. */
import type { Prepared } from "../../lib/flows/schemas.ts";
import type { Problem } from "../../lib/ui/model.ts";
import { count } from "./ledger.ts";
import type { Client, Page } from "./page.ts";
import { die, misled, say, type Visitor } from "./visitor.ts";

const CANCELLED = { ok: false, problem: null } as const;
const REFUSED: Problem = {
  error: "CLIENT_REFUSED",
  msg: "企业微信没有完成，请重试",
};

export function createClient(visitor: Visitor): Client {
  const { scene, order, plan, still } = visitor;
  const { ledger } = scene;
  return {
    pickContact: () => order.customer,
    async createChat(prepared, page) {
      if (plan.death === "asked") die(visitor, page);
      if (visitor.died) return CANCELLED;
      if (!visitor.tapped) {
        misled(visitor, "the client was asked without a tap");
      }
      visitor.tapped = false;
      if (still.refused) {
        still.refused = false;
        count(ledger.faults, "client refused");
        return { ok: false, problem: REFUSED };
      }
      if (still.mixedUp) {
        still.mixedUp = false;
        await confuse(visitor, prepared.intentId);
      }
      const chatId = makeChat(visitor, prepared, page);
      if (plan.twice) {
        count(ledger.faults, "client made two groups");
        makeChat(visitor, prepared, page);
      }
      if (plan.death === "made") die(visitor, page);
      if (plan.mute) {
        count(ledger.faults, "client mute");
        return await new Promise<never>(() => {});
      }
      if (plan.silent) count(ledger.faults, "chatId withheld");
      return { ok: true, data: plan.silent ? null : chatId };
    },
  };
}

function makeChat(visitor: Visitor, prepared: Prepared, page: Page): string {
  const { scene, order, plan, phone } = visitor;
  const { world, ledger } = scene;
  const at = world.now();
  const { lagMs } = world.settings;
  world.settings.lagMs = plan.lagMs ?? lagMs;
  const visibleAt = at + world.settings.lagMs;
  const chatId = world.staffCreatesChat({
    userId: phone.userId,
    groupName: prepared.groupName,
    userIds: prepared.userIds,
    externalUserIds: prepared.externalUserIds,
  });
  world.settings.lagMs = lagMs;
  ledger.made.push({
    orderId: order.orderId,
    chatId,
    by: phone.userId,
    intentId: prepared.intentId,
    page: page.attempt,
    at,
    visibleAt,
    preparedAt: page.preparedAt,
    lookedAt: page.lookedAt,
    people: world.state.chats.get(chatId)?.members.map((one) => one.id) ?? [],
    name: prepared.groupName,
  });
  count(ledger.steps, "chat made");
  say(visitor, `made ${chatId} for ${prepared.intentId}`);
  return chatId;
}

/** A request that names a chat of other people. */
async function confuse(visitor: Visitor, intentId: string): Promise<void> {
  const { scene, phone, order, dice } = visitor;
  const { orderId } = order;
  const chatId = scene.strange(orderId, dice);
  count(scene.ledger.faults, "foreign chat reported");
  const body = { flowId: "group.record", orderId, intentId, chatId };
  await phone.fetch("/api/runFlow", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).then((response) => response.body?.cancel()).catch(() => {});
}
