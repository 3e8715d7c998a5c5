/** A click here against a click the original document's way, in turns. */
import type { Child } from "./child.ts";
import { CONTACTS_FLOW, ORDER_FLOW } from "./documents_way.ts";
import { load, request } from "./load.ts";
import { median, round, type Row, sized } from "./row.ts";
import { DESIGNER, type StandIn } from "./stand_in.ts";

export interface Measured {
  click: string[];
  ours: Child;
  size: Size;
  say(line: string): void;
}

export interface Size {
  contacts: number;
  rounds: number;
  ms: number;
}

export async function againstDocument(
  document: Child,
  wecom: StandIn,
  { click, ours, size: { contacts, rounds, ms }, say }: Measured,
): Promise<Row[]> {
  const flow = (flowId: string, input: object) =>
    request(
      "POST",
      "/api/runFlow",
      { host: "localhost", "content-type": "application/json" },
      JSON.stringify({ flowId, ...input }),
    );
  const itsClick = [
    flow(ORDER_FLOW, { orderId: "O1" }),
    flow(CONTACTS_FLOW, { wxUserId: DESIGNER }),
  ];
  const ratios: number[] = [];
  const waits: [number[], number[]] = [[], []];
  const calls: [number, number] = [0, 0];
  const clicks: [number, number] = [0, 0];
  for (let turn = 0; turn <= rounds; turn++) {
    // It gets slower with each person more: two are kind to it.
    const [us, them] = [
      await load({ port: ours.port, click, people: 2, ms }),
      await wecom.calls(),
    ];
    const its = await load({
      port: document.port,
      click: itsClick,
      people: 2,
      ms,
    });
    const itsCalls = await wecom.calls();
    if (turn === 0) continue;
    ratios.push(us.clicksPerSecond / its.clicksPerSecond);
    waits[0].push(us.p50Ms);
    waits[1].push(its.p50Ms);
    calls[0] += them;
    calls[1] += itsCalls;
    clicks[0] += us.clicks;
    clicks[1] += its.clicks;
    say(
      `a click: ${Math.round(us.clicksPerSecond)} a second, the document's ` +
        `${round(its.clicksPerSecond)}`,
    );
  }
  const of = `${sized(contacts)} contacts`;
  const row = (
    name: string,
    value: number,
    unit: string,
    limit: Row["limit"],
  ) => ({
    ...{ name: `${name}, ${of}`, value: round(value), unit, limit },
  });
  return [
    row("clicks a second / the document's way", median(ratios), "x", {
      least: 1,
    }),
    row("a click here, p50", median(waits[0]), "ms", null),
    row("a click the document's way, p50", median(waits[1]), "ms", null),
    row("calls to WeCom of a click here", calls[0] / clicks[0], "calls", {
      most: 0,
    }),
    row(
      "calls to WeCom of a click the document's way",
      calls[1] / clicks[1],
      "calls",
      null,
    ),
  ];
}
