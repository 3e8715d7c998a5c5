/**
 * `deno task screens`: photographs every state of every page, and compares with the
 * pictures that were accepted. What differs is named and shown side by side in a
 * page of its own; who has looked, and agrees, accepts it with `--accept`. A person
 * decides, so it is no test. `--only=order` takes the states whose name begins so.
 *
 * Letters are drawn differently on another machine. The pictures remember on which
 * they were accepted; elsewhere small differences are let pass, and this is said.
 */
import { launch } from "../browser/chromium.ts";
import type { Look } from "../browser/looks.ts";
import { type Phone, withRig } from "../browser/rig.ts";
import { type Shown, type Walk, WALKS } from "../browser/walks.ts";
import type { Page } from "../support/playwright.ts";
import {
  ACCEPTED,
  allNames,
  bytesOf,
  compare,
  fileName,
  fontsOf,
  type Picture,
  PICTURED,
  pngOf,
  reduce,
  webpOf,
} from "./pictures.ts";

/** Of all blocks, so many may differ: with the same letters, and with others. */
const MOST = { same: 0.0002, other: 0.05 };
const REPORT = new URL("../../.data/screens/", import.meta.url);
const FONTS = new URL("fonts.txt", ACCEPTED);

/** Numbers by which a request is found. */
const ALWAYS_COVERED = [".problem code"];

interface Row {
  file: string;
  why: string;
  kept: Picture | null;
  seen: Picture;
  marked: Picture | null;
}

const accepting = Deno.args.includes("--accept");
const only = Deno.args.find((one) => one.startsWith("--only="))?.slice(7) ?? "";
const say = (line: string) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

const browser = await launch();
try {
  const bench = await browser.newPage();
  Deno.exitCode = await run(bench);
} finally {
  await browser.close();
}

async function run(bench: Page): Promise<number> {
  const fonts = await fontsOf(bench);
  const same = fonts === (await read(FONTS))?.trim();
  const rows: Row[] = [];
  for (const walk of WALKS) {
    if (!walk.states.some(({ name }) => name.startsWith(only))) continue;
    await photograph(walk, async (file, png) => {
      const row = await judge(bench, file, png, same ? "same" : "other");
      if (row) rows.push(row);
    });
  }
  const named = new Set(allNames());
  const gone = (await kept()).filter((file) => !named.has(file));
  if (accepting) return await accept(rows, gone, fonts);
  if (!same) say("Other letters than where the pictures were accepted.");
  for (const file of gone) say(`${file}: no such state any more`);
  for (const { file, why } of rows) say(`${file}: ${why}`);
  if (rows.length > 0) say(`Look at ${await report(rows)}`);
  const different = rows.length + gone.length;
  say(different === 0 ? "All as accepted." : `${different} to look at.`);
  return different === 0 ? 0 : 1;
}

/** Each state in each look, in the order of the walk. */
async function photograph(
  walk: Walk,
  take: (file: string, png: Picture) => Promise<void>,
): Promise<void> {
  say(walk.name);
  await withRig(async (rig) => {
    const phone = await rig.phone(walk.as);
    for (const state of walk.states) {
      await state.reach(phone, rig);
      if (!state.name.startsWith(only)) continue;
      for (const look of PICTURED) {
        await take(
          fileName(state.name, look.name),
          await picture(phone, state, look),
        );
      }
    }
  });
}

async function picture(
  { page }: Phone,
  { covered = [], top = "body" }: Shown,
  look: Look,
): Promise<Picture> {
  await page.setViewportSize(look.size);
  await page.emulateMedia(look);
  await page.evaluate(({ hidden, top }) => {
    for (const one of document.querySelectorAll<HTMLElement>(hidden)) {
      one.style.visibility = "hidden";
    }
    document.querySelector(top)?.scrollIntoView();
    // As they begin: what turns stands still, what fades is there.
    for (const one of document.getAnimations()) one.cancel();
  }, { hidden: [...ALWAYS_COVERED, ...covered].join(), top });
  return pngOf(
    await page.screenshot({
      type: "png",
      caret: "hide",
      scale: "css",
    }),
  );
}

/** null: as accepted. */
async function judge(
  bench: Page,
  file: string,
  png: Picture,
  letters: keyof typeof MOST,
): Promise<Row | null> {
  const seen = await reduce(bench, png);
  const bytes = await Deno.readFile(new URL(file, ACCEPTED)).catch(absent);
  if (!bytes) return { file, why: "is new", kept: null, seen, marked: null };
  const kept = webpOf(bytes);
  const { share, marked } = await compare(bench, kept, seen);
  if (share <= MOST[letters]) return null;
  const why = `${(share * 100).toFixed(1)} % differ`;
  return { file, why, kept, seen, marked };
}

async function accept(
  rows: Row[],
  gone: string[],
  fonts: string,
): Promise<number> {
  await Deno.mkdir(ACCEPTED, { recursive: true });
  for (const { file, seen } of rows) {
    await Deno.writeFile(new URL(file, ACCEPTED), bytesOf(seen));
    say(`accepted ${file}`);
  }
  for (const file of gone) await Deno.remove(new URL(file, ACCEPTED));
  if (only === "") await Deno.writeTextFile(FONTS, `${fonts}\n`);
  return 0;
}

async function report(rows: Row[]): Promise<string> {
  await Deno.mkdir(REPORT, { recursive: true });
  const image = (picture: Picture | null) =>
    picture === null ? "" : `<img src="${picture}">`;
  const shown = rows.map(({ file, why, kept, seen, marked }) =>
    `<h2>${file}: ${why}</h2>${image(kept)} ${image(seen)} ${image(marked)}`
  );
  const path = new URL("report.html", REPORT);
  await Deno.writeTextFile(
    path,
    `<!doctype html><meta charset="utf-8"><title>Screens</title>` +
      `<p>Accepted, now, and where they differ.</p>${shown.join("\n")}`,
  );
  return path.pathname;
}

async function kept(): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name } of Deno.readDir(ACCEPTED)) {
      if (name.endsWith(".webp")) files.push(name);
    }
  } catch (error) {
    absent(error);
  }
  return files.sort();
}

function read(path: URL): Promise<string | null> {
  return Deno.readTextFile(path).catch(absent);
}

function absent(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
