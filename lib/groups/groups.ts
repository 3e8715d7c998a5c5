/**
 * The life of an order's group: preview → prepare → the client creates → record →
 * verified, and linking or cancelling. The server cannot create a customer group;
 * it can only make sure that exactly one ends up recorded.
 */
import type { Audited } from "../audit/audit.ts";
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { ChatRow } from "../chats/mirror.ts";
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import { type WecomClient, WecomError } from "../wecom/mod.ts";
import { type Intent, isLapsed, wasLookedFor } from "./intent.ts";
import { findIntent } from "./intents.ts";
import { createLink, type LinkGroup } from "./link.ts";
import { type Asked, type Cause, type Change, move } from "./moves.ts";
import { groupName } from "./name.ts";
import { peopleFor } from "./people.ts";
import { MOST_MEMBERS, prepare, type Prepared } from "./prepare.ts";
import { createPreview, type PreviewGroup } from "./preview.ts";
import { createRecord, type RecordGroup } from "./record.ts";
import { refreshGroup } from "./refresh_group.ts";
import type { Ground } from "./ground.ts";
import type { Second } from "./second.ts";
import { RECENT_MS, settle } from "./settle.ts";
import { type Situation, situationOf } from "./situation.ts";

export { MOST_MEMBERS };

export interface GroupDeps {
  sql: Sql;
  wecom: WecomClient;
  ground: Ground;
  nameTemplate: string;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  uuid: () => string;
  log: Log;
}

/** What a page wants to begin. */
export interface Wish {
  customers: readonly [string, ...string[]];
  second?: Second | undefined;
  attempt?: string | undefined;
  takeOver?: boolean | undefined;
  force?: boolean | undefined;
  requestId?: string | undefined;
  audited?: Audited | undefined;
}

export interface Groups {
  /** For the sheet: may ask WeCom and stores what it finds; takes no lease. */
  preview: PreviewGroup;
  /** At the tap that confirms. Throws GROUP_IN_PROGRESS, VALIDATION_FAILED. */
  prepare(actor: Actor, order: Order, wish: Wish): Promise<Prepared>;
  record: RecordGroup;
  /**
   * `notMade`: the person says that no group was made, though one was reported.
   * Believed only when WeCom, asked again, has none either. Throws WeCom's
   * errors.
   */
  cancel(
    actor: Actor,
    intent: Intent,
    options?: Asked & { notMade?: boolean | undefined },
  ): Promise<void>;
  link: LinkGroup;
  /** Looks for the order's group if there may be one; answers the situation. */
  settle(
    orderId: string,
    via: string,
    options?: { since?: number; requestId?: string; known?: Situation },
  ): Promise<Situation>;
  situation(orderId: string): Promise<Situation>;
  /** A recorded group as WeCom has it now. */
  refresh(chat: ChatRow): Promise<ChatRow>;
}

export function createGroups(deps: GroupDeps): Groups {
  const { sql, ground, now, log } = deps;
  const situation = (orderId: string) => situationOf(sql, orderId, now());
  const refreshed = (chat: ChatRow) => refreshGroup(deps, chat);
  const preview = createPreview({ ...deps, situation, refreshed });

  /**
   * For a page of the release before, which knows no preview: prepare looks
   * first. A choice between groups is offered by prepare itself.
   */
  async function lookFirst(actor: Actor, order: Order, wish: Wish) {
    const { existing } = await preview(actor, order, wish);
    if (!existing || existing.linkable) return null;
    const { chatId, groupName } = existing;
    return { chatId, groupName };
  }

  return {
    preview,
    situation,
    refresh: refreshed,
    record: createRecord({ ...deps, situation }),
    link: createLink({ ...deps, situation }),

    async prepare(actor, order, wish) {
      const attempt = wish.attempt ?? null;
      if (attempt === null) {
        const existing = await lookFirst(actor, order, wish);
        if (existing) return { kind: "existing", existing };
      }
      const { customers, second } = wish;
      const { members } = await peopleFor(
        sql,
        order,
        actor,
        customers,
        second,
      );
      const staff = members.filter((one) => one.role !== "customer");
      const designer = members.find((one) => one.role === "designer");
      return await prepare(deps, actor, order, {
        attempt,
        customers,
        userIds: staff.map((one) => one.id),
        staffAsked: second?.asked ?? false,
        groupName: groupName(deps.nameTemplate, {
          ...order,
          designerName: designer?.name ?? order.designerWxUserId,
        }),
        takeOver: wish.takeOver ?? false,
        force: wish.force ?? false,
        requestId: wish.requestId ?? null,
        audited: wish.audited,
      });
    },

    async cancel(actor, intent, { notMade = false, ...asked } = {}) {
      const cause: Cause = { actor: actor.wxUserId, via: "cancel", ...asked };
      const of = { intentId: intent.intentId };
      const end = (
        name: "cancel" | "disown",
        change: Omit<Change, "of" | "at">,
      ) =>
        sql.begin(async (sql) => {
          const at = new Date(now());
          const moved = await move(sql, name, cause, { of, at, ...change });
          if (moved.length > 0) await cause.audited?.(sql);
          return moved.length > 0;
        });
      // A question that was put stays one: whoever begins anew is asked again.
      const cancelled = await end("cancel", { reason: "cancelled" });
      // The group was reported meanwhile: a late cancel cannot undo that.
      if (cancelled || !notMade) return;
      await settle(ground, intent.orderId, {
        via: "cancel",
        since: now(),
        requestId: asked.requestId ?? null,
      });
      const current = await findIntent(sql, intent.intentId);
      // Who had the choice before says that none of the groups is the one.
      const isAnswer = intent.askedAt !== null;
      if (!isAnswer && (!current || !wasLookedFor(current))) return;
      await end("disown", {
        where: (sql) =>
          isAnswer
            ? sql`chat_id is null`
            : sql`chat_id is null and asked_at is null`,
        reason: "not_made",
      });
    },

    async settle(orderId, via, { known, ...options } = {}) {
      const before = known ?? await situation(orderId);
      if (!mayMove(before)) return before;
      try {
        await settle(ground, orderId, { via, ...options });
      } catch (error) {
        // An old picture is better than none.
        if (!(error instanceof WecomError)) throw error;
        log("warn", "group.not_looked", { orderId, via, error });
      }
      return await situation(orderId);
    },
  };

  /** Could a look find more than is recorded? */
  function mayMove(known: Situation): boolean {
    switch (known.kind) {
      case "none":
      case "active":
        return false;
      case "dismissed":
        return known.intent !== null;
      case "ended":
        return isLapsed(known.intent, now()) &&
          now() - known.intent.expiresAt.getTime() <= RECENT_MS;
      default:
        return true;
    }
  }
}
