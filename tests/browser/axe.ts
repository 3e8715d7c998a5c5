/**
 * `axe-core` on the page that a browser shows: on a phone and on a desk, in light
 * and in dark, shadow roots included. All of its rules are applied, the best
 * practices too. What it cannot decide by itself is no finding.
 */
import { LOOKS } from "./looks.ts";
import type { Page } from "../support/playwright.ts";
import { tool } from "../support/tools.ts";

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

interface Axe {
  source: string;
  run(
    where: Document,
    options: { resultTypes: ["violations"] },
  ): Promise<{ violations: Violation[] }>;
}

const { source } = await tool("axe-core") as Axe;

/** Call it before the page is opened: no content policy holds for its script. */
export async function bringAxe(page: Page): Promise<void> {
  await page.addInitScript({ content: source });
}

/**
 * Both sizes and both schemes are in these two: what depends on the size (where
 * things are) does not depend on the scheme (colours), and four took twice as long.
 */
const SEEN = LOOKS.filter(({ name }) =>
  name === "phone-light" || name === "desk-dark"
);

/** What axe finds on the page as it stands. */
export async function findings(page: Page, name: string): Promise<string[]> {
  const found = new Set<string>();
  for (const look of SEEN) {
    await page.setViewportSize(look.size);
    await page.emulateMedia(look);
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: Axe };
      const { violations } = await axe.run(document, {
        resultTypes: ["violations"],
      });
      return violations;
    });
    for (const { id, help, nodes } of violations) {
      for (const { html, failureSummary = "" } of nodes) {
        const where = `${name}, ${look.name}: ${id} (${help})`;
        found.add(`${where}\n  ${html}\n  ${failureSummary}`);
      }
    }
  }
  return [...found];
}
