/**
 * One visit of a person to an order's page: reads the screen and taps what it
 * offers, as the plan says, until the group is there, the page dies or the
 * person leaves. Nobody taps what is not on the screen; what is done at each
 * screen is in `screens.ts`, what the WeCom client does in `client.ts`.
 */
import { visibleView } from "../../lib/sandbox/chat_core.ts";
import type { Problem } from "../../lib/ui/model.ts";
import type { Step } from "../../lib/ui/state/step.ts";
import { createClient } from "./client.ts";
import type { StormOrder } from "./company.ts";
import type { Dice } from "./dice.ts";
import { count } from "./ledger.ts";
import { openPage, type Page } from "./page.ts";
import type { Phone } from "./phone.ts";
import type { Visit } from "./plan.ts";
import { tapOn } from "./screens.ts";
import { die, type Outcome, say, type Scene, type Visitor } from "./visitor.ts";

/** Screens that a person looks at before giving up on this visit. */
const PATIENCE = 30;

/** `meet` is waited for, once, with the sheet open. */
export async function visit(
  scene: Scene,
  phone: Phone,
  order: StormOrder,
  plan: Visit,
  dice: Dice,
  meet: Visitor["meet"] = null,
): Promise<Outcome> {
  const { ledger, world } = scene;
  const { refused, cancels, mixedUp, renames } = plan;
  const still = { refused, cancels, mixedUp, renames };
  const fresh = { turn: 0, died: false, tapped: false };
  const parts = { scene, phone, order, plan, dice, still, meet };
  const visitor: Visitor = { ...parts, ...fresh };
  count(ledger.steps, "page opened");
  let page: Page;
  try {
    const model = await phone.open(order.orderId);
    page = openPage(phone, model, createClient(visitor), world.now.bind(world));
  } catch (error) {
    say(visitor, `no page: ${error}`);
    return "failed";
  }
  listen(visitor, page);
  const told = new Set<Problem>();
  let outcome: Outcome | null = null;
  while (!outcome && !visitor.died && visitor.turn < PATIENCE) {
    note(visitor, page.step, told);
    outcome = await tapOn(visitor, page);
    visitor.turn += 1;
  }
  outcome = visitor.died ? "died" : outcome ?? "left";
  say(visitor, `${outcome} ${outcome === "died" ? plan.death : ""}`);
  if (outcome === "died") count(ledger.faults, `page died ${plan.death}`);
  if (outcome === "gone") ledger.givenUp.add(order.orderId);
  page.die();
  return outcome;
}

/** Writes down what the person asked the server for, and what it answered. */
function listen(visitor: Visitor, page: Page): void {
  const { scene, order, plan, dice } = visitor;
  const { ledger, world } = scene;
  page.onFlow = ({ flowId, intentId = "", takeOver }) => {
    // Whatever becomes of the request: the person has given it up.
    if (flowId === "group.cancel") ledger.cancelled.add(intentId);
    if (flowId === "group.prepare") ledger.launched.add(order.orderId);
    if (takeOver) ledger.tookOver.add(order.orderId);
    if (plan.death === "recording" && flowId === "group.record") {
      setTimeout(() => die(visitor, page), dice.int(0, 60));
    }
  };
  page.onAnswer = ({ flowId, intentId = "", chatId = "" }, status) => {
    const heard = flowId === "group.record" && status === 200;
    if (heard && !ledger.acknowledged.has(intentId)) {
      ledger.acknowledged.set(intentId, world.now());
    }
    const refused = status >= 400 && status < 500;
    if (flowId === "group.link" && refused && isGone(scene, chatId)) {
      ledger.gone.add(chatId);
    }
  };
}

/** Whoever asks WeCom for it is told that it was dissolved. */
function isGone({ world }: Scene, chatId: string): boolean {
  const chat = world.state.chats.get(chatId);
  return !!chat && visibleView(chat, world.now())?.dismissed === true;
}

function note(visitor: Visitor, step: Step, told: Set<Problem>): void {
  const problem = problemIn(step);
  say(visitor, `${step.at} ${problem ? JSON.stringify(problem) : ""}`);
  if (!problem || told.has(problem)) return;
  told.add(problem);
  count(visitor.scene.ledger.shown, problem.error);
}

function problemIn(step: Step): Problem | null {
  if (step.at === "choosing") {
    return step.notice?.kind === "problem" ? step.notice.problem : null;
  }
  return "problem" in step ? step.problem : null;
}
