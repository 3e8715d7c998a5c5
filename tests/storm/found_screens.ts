/**
 * What a person does where something is there already: a group, several, or a
 * creation that is under way. What the page says there is held against what the
 * server could know.
 */
import type { At, Step } from "../../lib/ui/state/step.ts";
import { isFinal } from "../../lib/ui/state/recording.ts";
import { count } from "./ledger.ts";
import type { Page } from "./page.ts";
import {
  belongs,
  misled,
  type Outcome,
  remembers,
  type Visitor,
} from "./visitor.ts";

export type Screen<A extends Step["at"]> = (
  visitor: Visitor,
  page: Page,
  step: At<A>,
) => Promise<Outcome | null>;

/** Until something changes on the screen. */
export const LONG_MS = 10_000;

export const FOUND: {
  [A in "existing" | "several" | "occupied" | "unfinished"]: Screen<A>;
} = {
  async existing(visitor, page, step) {
    const { scene, order } = visitor;
    const { world, ledger } = scene;
    const { chatId } = step.existing;
    if (step.busy) {
      await page.changed(LONG_MS);
      return null;
    }
    if (step.problem && isFinal(step.problem)) return "left";
    if (!step.problem) offered(visitor, chatId);
    if (!belongs(visitor, chatId)) {
      count(ledger.steps, "declined a group");
      void page.act.createAnother();
      return null;
    }
    if (chatId === order.handMade) {
      const { dismissed = true } = world.state.chats.get(chatId) ?? {};
      if (order.plan.vanishes && !dismissed) {
        count(ledger.faults, "group dissolved while it was offered");
        ledger.silenced.add(chatId);
        world.chatDismissed({ chatId });
      }
      ledger.adopted.add(order.orderId);
    }
    count(ledger.steps, "linked a group");
    void page.act.linkGroup(chatId);
    return null;
  },

  async several(visitor, page, step) {
    const { scene, order, still } = visitor;
    const { world, ledger } = scene;
    if (step.busy) {
      await page.changed(LONG_MS);
      return null;
    }
    if (step.problem && isFinal(step.problem)) return "left";
    for (const { chatId } of step.problem ? [] : step.candidates) {
      offered(visitor, chatId);
    }
    const ours = step.candidates.filter(({ chatId }) =>
      belongs(visitor, chatId)
    );
    const [one] = ours;
    if (!one) page.act.pass();
    else if (still.renames && ours.length > 1) {
      still.renames = false;
      count(ledger.faults, "renamed while a question was open");
      const { chatId } = one;
      world.chatRenamed({ chatId, name: `${one.groupName.slice(0, 20)}·旧` });
      return "left";
    } else {
      count(ledger.steps, "chose one of several");
      if (one.chatId === order.handMade) ledger.adopted.add(order.orderId);
      void page.act.linkGroup(one.chatId);
    }
    return null;
  },

  async occupied(visitor, page, step) {
    const { dice, turn } = visitor;
    if (step.look === "busy") {
      await page.changed(5_000);
      return null;
    }
    lockedOut(visitor);
    await page.changed(dice.int(300, 1_500));
    if (page.step !== step) return null;
    if (step.own && turn > 2 && !remembers(visitor)) {
      count(visitor.scene.ledger.steps, "took over from another page");
      page.act.proceed();
      return null;
    }
    if (turn > 6) return "left";
    void page.act.recheck();
    await page.changed(5_000);
    return null;
  },

  async unfinished(visitor, page, step) {
    const { scene, dice } = visitor;
    lockedOut(visitor);
    if (remembers(visitor)) {
      count(scene.ledger.steps, "says it is made");
      page.act.saysMade();
    } else if (step.own.customerIds[0] && dice.chance(0.8)) page.act.proceed();
    else {
      count(scene.ledger.steps, "abandoned");
      page.act.abandon();
    }
    return await Promise.resolve(null);
  },
};

/** A page says that the group is being made, so somebody must have said so. */
function lockedOut(visitor: Visitor): void {
  const { scene, order } = visitor;
  if (scene.ledger.launched.has(order.orderId)) return;
  misled(visitor, "a look at the sheet locked the order");
}

/** What is dissolved, and was refused because of it, is not offered again. */
function offered(visitor: Visitor, chatId: string): void {
  if (!visitor.scene.ledger.gone.has(chatId)) return;
  misled(visitor, `${chatId} was offered again, though dissolved`);
}
