/**
 * What a person does at each screen of the page. Each screen's function answers
 * how the visit ended there, or null: it goes on with what comes next.
 */
import type { Step } from "../../lib/ui/state/step.ts";
import { isFinal } from "../../lib/ui/state/recording.ts";
import { FOUND, LONG_MS, type Screen } from "./found_screens.ts";
import { count } from "./ledger.ts";
import type { Page } from "./page.ts";
import { die, type Outcome, remembers, type Visitor } from "./visitor.ts";

const SCREENS: { [A in Step["at"]]?: Screen<A> } = {
  ...FOUND,

  async done({ scene, order, dice }, _page, { group: { chatId }, made }) {
    const { ledger, world } = scene;
    if (made) {
      count(ledger.steps, "extra group shown");
      const { dismissed = true } = world.state.chats.get(made) ?? {};
      if (!dismissed && dice.chance(0.5)) {
        count(ledger.steps, "extra group dismissed");
        ledger.extra.add(made);
        world.chatDismissed({ chatId: made });
      }
    }
    if (chatId) {
      ledger.seen.set(order.orderId, chatId);
      ledger.sightings.push({ orderId: order.orderId, chatId });
    }
    count(ledger.steps, "group seen");
    return await Promise.resolve("done");
  },

  async choosing(visitor, page, step) {
    const { scene, order, plan, dice } = visitor;
    const { ledger } = scene;
    const { act } = page;
    const { match, notice, busy } = step;
    if (notice?.kind === "problem") await page.changed(dice.int(200, 900));
    if (busy) await page.changed(LONG_MS);
    else if (page.step !== step) return null;
    else if (notice?.kind === "problem" && !step.chosen.length) {
      if (!notice.again) return "left";
      act.retry(notice.again);
    } else if (step.chosen.length) {
      count(ledger.steps, "tapped create");
      void act.create();
      if (plan.hasty) {
        count(ledger.faults, "tapped twice");
        void act.create();
      }
      if (plan.death === "previewing") {
        await page.changed(dice.int(0, 80));
        die(visitor, page);
      }
    } else if (match?.status === "ambiguous") act.choose(order.customer);
    else if (order.plan.unmatched) {
      count(ledger.steps, "picked by hand");
      void act["pick-contact"]();
      await page.changed(LONG_MS);
    } else {
      // Complete readings never lose a contact that was there all along.
      if (match?.syncedAt) ledger.vanished.add(order.orderId);
      void act["refresh-contacts"]();
    }
    return null;
  },

  async picking({ dice }, { act, changed }, step) {
    if (step.busy) await changed(LONG_MS);
    else {
      if (step.problem) await changed(dice.int(200, 900));
      act.setWrite(dice.chance(0.5));
      void act.link();
      await changed(LONG_MS);
    }
    return null;
  },

  async confirming(visitor, page, step) {
    const { scene, order, plan, dice, still } = visitor;
    const { ledger } = scene;
    const { act } = page;
    if (!step.preview || step.busy) {
      await page.changed(15_000);
      return null;
    }
    if (step.problem) await page.changed(dice.int(200, 900));
    if (page.step !== step) return null;
    const { meet } = visitor;
    visitor.meet = null;
    await meet?.();
    if (page.step !== step) return null;
    if (plan.death === "confirming") die(visitor, page);
    else if (plan.looks) {
      count(ledger.faults, "sheet looked at and left");
      act.cancel();
      return "left";
    } else if (still.cancels) {
      still.cancels = false;
      count(ledger.steps, "cancelled");
      act.cancel();
      if (order.plan.givesUp) return "gone";
    } else {
      count(ledger.steps, "confirmed");
      visitor.tapped = true;
      void act.confirm();
      if (plan.hasty) void act.confirm();
      if (plan.death === "preparing") {
        await page.changed(dice.int(0, 80));
        die(visitor, page);
      }
    }
    return null;
  },

  async creating(visitor, page, step) {
    const { scene, plan, dice } = visitor;
    const { act } = page;
    if (step.problem) {
      await page.changed(dice.int(100, 500));
      if (remembers(visitor)) act.saysMade();
      else {
        visitor.tapped = true;
        void act.confirm();
      }
    } else if (step.slow) {
      count(scene.ledger.steps, "says it is made");
      if (remembers(visitor) || plan.mute) act.saysMade();
      else act.cancel();
    } else await page.changed(LONG_MS);
    return null;
  },

  async settling({ dice }, { act, changed }, step) {
    if (step.problem && isFinal(step.problem)) {
      await changed(dice.int(100, 500));
      void act.recheck();
      return await changed(5_000) ? null : "left";
    }
    if (step.long) return "left";
    await changed(15_000);
    return null;
  },

  async syncing(visitor, page) {
    while (page.step.at === "syncing" && !visitor.died) {
      if (!await page.changed(30_000)) return "left";
    }
    return null;
  },
};

/** Does what the person does at this screen. */
export async function tapOn(
  visitor: Visitor,
  page: Page,
): Promise<Outcome | null> {
  const { step } = page;
  // The table's type ties each screen to its step.
  const screen = SCREENS[step.at] as Screen<Step["at"]> | undefined;
  return screen ? await screen(visitor, page, step) : "failed";
}
