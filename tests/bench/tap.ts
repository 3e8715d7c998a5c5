/**
 * From the tap on an order to a live button, in Chromium: requests that wait for
 * the server, and what the phone loads of JavaScript.
 */
import { withRig } from "../browser/rig.ts";
import { withApp } from "../support/app.ts";
import { scriptsOf } from "../support/scripts.ts";
import { type Bench, runAlone } from "./row.ts";

const DESIGNER = "chenjing";
const ORDER = "XH2611001";
const KB = 1000;

/** Scripts and styles are kept for a year, and come beside the page. */
const ASKING = new Set([
  "document",
  "xhr",
  "fetch",
  "eventsource",
  "websocket",
]);

export const tap: Bench = async ({ say }) => [{
  name: "requests from the tap to a live button",
  value: await requestsToLive(say),
  unit: "requests",
  limit: { most: 1 },
}, {
  name: "JavaScript of the order's page, brotli",
  value: await javascript(),
  unit: "bytes",
  limit: { most: 23 * KB },
}];

async function requestsToLive(say: (line: string) => void): Promise<number> {
  const asked: string[] = [];
  await withRig(async ({ phone }) => {
    const designer = await phone(DESIGNER);
    const live = async () => {
      await designer.open(ORDER);
      await designer.id("create-group").and(designer.page.locator(":enabled"))
        .waitFor();
    };
    // Signs in, and reads the contacts of the designer.
    await live();
    designer.page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      // The simulated client asks there for what the real one knows by itself.
      if (pathname.startsWith("/sandbox/")) return;
      if (ASKING.has(request.resourceType())) asked.push(pathname);
    });
    await live();
  });
  for (const path of asked) say(`asked for ${path}`);
  if (asked.length === 0) throw new Error("No request was seen");
  return asked.length;
}

async function javascript(): Promise<number> {
  return await withApp({}, async (app) => {
    const path = `/orders/demo-${ORDER.toLowerCase()}/group`;
    const sizes = [...(await scriptsOf(app.as(DESIGNER), path)).values()];
    if (sizes.length === 0) throw new Error("The page loads no script");
    return sizes.reduce((sum, size) => sum + size, 0);
  });
}

if (import.meta.main) await runAlone(tap);
