/**
 * One visit of a person to an order's page: reads the screen and taps what it
 * offers, as the plan says, until the group is there, the page dies or the
 * person leaves. Nobody taps what is not on the screen.
 */
import type { World } from "../../lib/sandbox/mod.ts";
import type { Problem } from "../../lib/ui/model.ts";
import type { At } from "../../lib/ui/state/step.ts";
import { isFinal } from "../../lib/ui/state/recording.ts";
import type { StormOrder } from "./company.ts";
import type { Dice } from "./dice.ts";
import { count, type Ledger } from "./ledger.ts";
import { type Client, openPage, type Page } from "./page.ts";
import type { Phone } from "./phone.ts";
import type { Visit } from "./plan.ts";

export interface Scene {
  world: World;
  ledger: Ledger;
  /** A chat of somebody else, for mixed-up requests. */
  strange(orderId: string, dice: Dice): string;
}

export type Outcome = "done" | "died" | "left" | "gone" | "failed";

/** Screens that a person looks at before giving up on this visit. */
const PATIENCE = 30;

export async function visit(
  scene: Scene,
  phone: Phone,
  order: StormOrder,
  plan: Visit,
  dice: Dice,
): Promise<Outcome> {
  const { ledger, world } = scene;
  count(ledger.steps, "page opened");
  let page: Page;
  try {
    const model = await phone.open(order.orderId);
    page = openPage(phone, model, clientOf(), () => world.now());
  } catch (error) {
    ledger.diary(`${order.orderId} ${phone.userId}: no page: ${error}`);
    return "failed";
  }
  page.onFlow = ({ flowId, intentId = "" }) => {
    // Whatever becomes of the request: the person has given it up.
    if (flowId === "group.cancel") ledger.cancelled.add(intentId);
    if (plan.death === "recording" && flowId === "group.record") {
      setTimeout(die, dice.int(0, 60));
    }
  };
  page.onAnswer = ({ flowId, intentId = "" }) => {
    if (flowId !== "group.record" || ledger.acknowledged.has(intentId)) return;
    ledger.acknowledged.set(intentId, world.now());
  };
  const say = (line: string) =>
    ledger.diary(`${order.orderId} ${phone.userId}: ${line}`);
  let refused = plan.refused;
  let cancels = plan.cancels;
  let mixedUp = plan.mixedUp;
  let died = false;
  const told = new Set<Problem>();

  function die(): void {
    died = true;
    page.die();
  }

  function clientOf(): Client {
    return {
      pickContact: () => order.customer,
      async createChat(prepared, page) {
        if (plan.death === "asked") die();
        if (died) return cancelled;
        if (mixedUp) {
          mixedUp = false;
          await confuse(prepared.intentId);
        }
        if (refused) {
          refused = false;
          count(ledger.faults, "client refused");
          return { ok: false, problem: REFUSED };
        }
        const at = world.now();
        const chatId = world.staffCreatesChat({
          userId: phone.userId,
          groupName: prepared.groupName,
          userIds: prepared.userIds,
          externalUserIds: prepared.externalUserIds,
        });
        ledger.made.push({
          orderId: order.orderId,
          chatId,
          by: phone.userId,
          intentId: prepared.intentId,
          at,
          visibleAt: at + world.settings.lagMs,
          preparedAt: page.preparedAt,
          people: world.state.chats.get(chatId)?.members
            .map((one) => one.id) ?? [],
          name: prepared.groupName,
        });
        count(ledger.steps, "chat made");
        say(`made ${chatId} for ${prepared.intentId}`);
        if (plan.death === "made") die();
        if (plan.mute) {
          count(ledger.faults, "client mute");
          return await new Promise<never>(() => {});
        }
        if (plan.silent) count(ledger.faults, "chatId withheld");
        return { ok: true, data: plan.silent ? null : chatId };
      },
    };
  }

  /** The person remembers having made the group. */
  const remembers = () =>
    !plan.forgetful &&
    ledger.made.some((one) =>
      one.orderId === order.orderId && one.by === phone.userId
    );

  for (let turn = 0; turn < PATIENCE && !died; turn++) {
    const { step, act } = page;
    note(step);
    switch (step.at) {
      case "done": {
        const { chatId } = step.group;
        if (chatId) {
          ledger.seen.set(order.orderId, chatId);
          ledger.sightings.push({ orderId: order.orderId, chatId });
        }
        count(ledger.steps, "group seen");
        page.die();
        return "done";
      }
      case "choosing": {
        const { match, notice, busy } = step;
        if (notice?.kind === "problem") await page.changed(dice.int(200, 900));
        if (busy) {
          await page.changed(10_000);
        } else if (page.step !== step) {
          break;
        } else if (notice?.kind === "problem" && !step.chosen) {
          if (!notice.again) return leave("left");
          act.retry(notice.again);
        } else if (step.chosen) {
          count(ledger.steps, "tapped create");
          void act.create();
          if (plan.hasty) {
            count(ledger.faults, "tapped twice");
            void act.create();
          }
          if (plan.death === "preparing") {
            await page.changed(dice.int(0, 80));
            die();
          }
        } else if (match?.status === "ambiguous") {
          act.choose(order.customer);
        } else if (order.plan.unmatched) {
          count(ledger.steps, "picked by hand");
          void act.pick();
          await page.changed(10_000);
        } else {
          // Complete readings never lose a contact that was there all along.
          if (match?.syncedAt) ledger.vanished.add(order.orderId);
          void act.refresh();
        }
        break;
      }
      case "picking": {
        if (step.busy) await page.changed(10_000);
        else {
          if (step.problem) await page.changed(dice.int(200, 900));
          act.setWrite(dice.chance(0.5));
          void act.link();
          await page.changed(10_000);
        }
        break;
      }
      case "confirming": {
        if (!step.preview || step.busy) {
          await page.changed(15_000);
        } else if (plan.death === "confirming") {
          die();
        } else if (cancels) {
          cancels = false;
          count(ledger.steps, "cancelled");
          act.cancel();
          if (order.plan.givesUp) return leave("gone");
        } else {
          if (step.problem) await page.changed(dice.int(200, 900));
          count(ledger.steps, "confirmed");
          void act.confirm();
        }
        break;
      }
      case "creating": {
        if (step.problem) {
          await page.changed(dice.int(100, 500));
          if (remembers()) act.saysMade();
          else void act.confirm();
        } else if (step.slow) {
          count(ledger.steps, "says it is made");
          if (remembers() || plan.mute) act.saysMade();
          else act.cancel();
        } else await page.changed(10_000);
        break;
      }
      case "settling": {
        if (step.problem && isFinal(step.problem)) {
          await page.changed(dice.int(100, 500));
          void act.recheck();
          if (!await page.changed(5_000)) return leave("left");
        } else if (step.long) return leave("left");
        else await page.changed(15_000);
        break;
      }
      case "existing": {
        if (step.busy) {
          await page.changed(10_000);
        } else if (belongs(step.existing.chatId)) {
          count(ledger.steps, "linked a group");
          if (step.existing.chatId === order.handMade) {
            ledger.adopted.add(order.orderId);
          }
          void act.linkGroup(step.existing.chatId);
        } else {
          count(ledger.steps, "declined a group");
          void act.createAnother();
        }
        break;
      }
      case "several": {
        const ours = step.candidates.find(({ chatId }) => belongs(chatId));
        if (step.busy) await page.changed(10_000);
        else if (ours) {
          count(ledger.steps, "chose one of several");
          if (ours.chatId === order.handMade) {
            ledger.adopted.add(order.orderId);
          }
          void act.linkGroup(ours.chatId);
        } else act.pass();
        break;
      }
      case "occupied": {
        await page.changed(dice.int(300, 1_500));
        if (step.own && dice.chance(0.5)) {
          count(ledger.steps, "took over");
          act.proceed();
          break;
        }
        if (turn > 4) return leave("left");
        void act.recheck();
        await page.changed(5_000);
        break;
      }
      case "unfinished": {
        if (remembers()) {
          count(ledger.steps, "says it is made");
          act.saysMade();
        } else if (dice.chance(0.8)) act.proceed();
        else {
          count(ledger.steps, "abandoned");
          act.abandon();
        }
        break;
      }
      case "syncing":
        for (let alive = true; alive && page.step.at === "syncing" && !died;) {
          alive = await page.changed(30_000);
          if (!alive) return leave("left");
        }
        break;
      default:
        return leave("failed");
    }
  }
  return leave(died ? "died" : "left");

  function leave(outcome: Outcome): Outcome {
    say(`${outcome} ${outcome === "died" ? plan.death : ""}`);
    if (outcome === "died") count(ledger.faults, `page died ${plan.death}`);
    if (outcome === "gone") ledger.givenUp.add(order.orderId);
    page.die();
    return outcome;
  }

  /** Is this a chat of the order, as the person knows it? */
  function belongs(chatId: string): boolean {
    if (chatId === order.handMade) return order.plan.handMade === "adopt";
    return ledger.made.some((one) =>
      one.chatId === chatId && one.orderId === order.orderId
    );
  }

  /** A request that names a chat of other people. */
  async function confuse(intentId: string): Promise<void> {
    const chatId = scene.strange(order.orderId, dice);
    count(ledger.faults, "foreign chat reported");
    const { orderId } = order;
    const body = { flowId: "group.record", orderId, intentId, chatId };
    await phone.fetch("/api/runFlow", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }).then((response) => response.body?.cancel()).catch(() => {});
  }

  function note(step: Page["step"]): void {
    const problem = problemIn(step);
    say(`${step.at} ${problem ? JSON.stringify(problem) : ""}`);
    if (!problem || told.has(problem)) return;
    told.add(problem);
    count(ledger.shown, problem.error);
  }
}

function problemIn(step: Page["step"]): Problem | null {
  if (step.at === "choosing") {
    return step.notice?.kind === "problem" ? step.notice.problem : null;
  }
  return "problem" in step ? (step as At<"settling">).problem : null;
}

const cancelled = { ok: false, problem: null } as const;
const REFUSED: Problem = {
  error: "CLIENT_REFUSED",
  msg: "企业微信没有完成，请重试",
};
