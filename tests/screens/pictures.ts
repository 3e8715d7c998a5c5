/**
 * Where accepted pictures are, and how one is kept: half as large and as WebP, so
 * that all of them have little more than a megabyte. The work is the browser's: it
 * reads, scales and writes pictures, and no package has to.
 */
import type { Page } from "../support/playwright.ts";
import { LOOKS } from "../browser/looks.ts";
import { WALKS } from "../browser/walks.ts";

export const ACCEPTED = new URL(
  "../../docs/screens/accepted/",
  import.meta.url,
);

/** The desk differs from the phone by its width: its dark look would tell no more. */
export const PICTURED = LOOKS.filter(({ name }) => name !== "desk-dark");

export function fileName(state: string, look: string): string {
  return `${state}.${look}.webp`;
}

/** Of all states in all looks. */
export function allNames(): string[] {
  return WALKS.flatMap(({ states }) =>
    states.flatMap(({ name }) =>
      PICTURED.map((look) => fileName(name, look.name))
    )
  );
}

/** As `data:` address. */
export type Picture = string;

export function pngOf(bytes: Uint8Array<ArrayBuffer>): Picture {
  return `data:image/png;base64,${bytes.toBase64()}`;
}

export function webpOf(bytes: Uint8Array<ArrayBuffer>): Picture {
  return `data:image/webp;base64,${bytes.toBase64()}`;
}

export function bytesOf(picture: Picture): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(picture.slice(picture.indexOf(",") + 1));
}

/** Half as large, as it is kept. */
export function reduce(bench: Page, picture: Picture): Promise<Picture> {
  return bench.evaluate(async (picture) => {
    const image = new Image();
    image.src = picture;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width / 2;
    canvas.height = image.height / 2;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("No canvas");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/webp", 0.6);
  }, picture);
}

export interface Difference {
  /** Of blocks of 5 × 5 points, how many look different. */
  share: number;
  /** The new picture with these marked; null when the sizes differ. */
  marked: Picture | null;
}

/**
 * Compares what is kept with what is seen, in blocks: single points differ by how
 * letters are smoothed, blocks when something has moved, come, gone or changed its
 * colour.
 */
export function compare(
  bench: Page,
  kept: Picture,
  seen: Picture,
): Promise<Difference> {
  return bench.evaluate(async ({ kept, seen }) => {
    const SIDE = 5;
    const MOST = 12;
    async function read(picture: string) {
      const image = new Image();
      image.src = picture;
      await image.decode();
      const { width, height } = image;
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      if (!context) throw new Error("No canvas");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      return { width, height, data };
    }
    const [one, other] = [await read(kept), await read(seen)];
    const { width, height } = other;
    if (one.width !== width || one.height !== height) {
      return { share: 1, marked: null };
    }
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    if (!context) throw new Error("No canvas");
    const pixels = new Uint8ClampedArray(other.data);
    context.putImageData(new ImageData(pixels, width, height), 0, 0);
    context.strokeStyle = "#f0f";
    let [blocks, different] = [0, 0];
    for (let y = 0; y + SIDE <= height; y += SIDE) {
      for (let x = 0; x + SIDE <= width; x += SIDE) {
        const sums = [0, 0, 0];
        for (let dy = 0; dy < SIDE; dy++) {
          for (let dx = 0; dx < SIDE; dx++) {
            const at = ((y + dy) * width + x + dx) * 4;
            for (const channel of [0, 1, 2]) {
              sums[channel] = (sums[channel] ?? 0) +
                (one.data[at + channel] ?? 0) - (other.data[at + channel] ?? 0);
            }
          }
        }
        blocks += 1;
        if (sums.every((sum) => Math.abs(sum) / SIDE / SIDE < MOST)) continue;
        different += 1;
        context.strokeRect(x, y, SIDE, SIDE);
      }
    }
    return {
      share: different / blocks,
      marked: canvas.toDataURL("image/webp", 0.8),
    };
  }, { kept, seen });
}

/** The same on two machines that draw letters alike. */
export function fontsOf(bench: Page): Promise<string> {
  return bench.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [400, 60];
    const context = canvas.getContext("2d");
    if (!context) throw new Error("No canvas");
    // As the product's pages name them.
    const family =
      '-apple-system, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';
    context.font = `16px ${family}`;
    context.fillText("永和九年，岁在癸丑 Agjxy 0123", 4, 20);
    context.font = `600 16px ${family}`;
    context.fillText("暮春之初，会于会稽山阴", 4, 50);
    let hash = 0;
    for (const value of context.getImageData(0, 0, 400, 60).data) {
      hash = (Math.imul(hash, 31) + value) | 0;
    }
    return (hash >>> 0).toString(16);
  });
}
