/**
 * Reaching a customer who is nobody's contact here: the order's own code, which the
 * customer scans, and a card to the colleague who has the customer.
 */
import type { Result } from "./api.ts";
import type { PageParts } from "./deps.ts";
import type { Choosing } from "./state/step.ts";
import { news, trouble } from "./state/transitions.ts";

export function createReachActions({ state, api }: PageParts) {
  const { show, origin, wait } = state;
  const { orderId } = state.model.order;

  /** In place: the other ways stay on the screen, and wait. */
  async function inPlace<T>(
    act: "remind-colleague" | "contact-code",
    work: () => Promise<Result<T>>,
    next: (data: T) => Partial<Choosing>,
  ): Promise<void> {
    if (state.step.at === "choosing" && state.step.busy) return;
    const answer = await wait({ ...origin(), busy: act }, work());
    if (!answer) return;
    show({
      ...origin(),
      ...answer.ok
        ? next(answer.data)
        // What was tapped is there still, to be tapped again.
        : { notice: trouble(answer.problem, null) },
    });
  }

  return {
    "remind-colleague": () =>
      inPlace(
        "remind-colleague",
        () => api.run("order.remind", { orderId }),
        ({ to }) => ({ notice: news(`已提醒${to.name}`) }),
      ),
    "contact-code": () =>
      inPlace(
        "contact-code",
        () => api.run("customer.code", { orderId }),
        ({ qrCode }) => ({ code: qrCode }),
      ),
  };
}
