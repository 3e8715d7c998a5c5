/**
 * A QR code as SVG, so that the sandbox's codes can really be scanned. Byte mode,
 * error correction L, versions 1–6 (at most 134 bytes: a URL of ours), mask 0,
 * after ISO/IEC 18004. Longer text gives a picture that says so.
 */

/** Per version: data codewords of a block, correction codewords of a block, blocks. */
const VERSIONS = [[19, 7, 1], [34, 10, 1], [55, 15, 1], [80, 20, 1], [
  108,
  26,
  1,
], [68, 18, 2]] as const;
/** Correction L, mask 0, with its BCH code and the fixed pattern applied. */
const FORMAT = 0b111011111000100;

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = EXP[i + 255] = x;
  LOG[x] = i;
  x = x & 128 ? ((x << 1) ^ 0x11D) & 255 : x << 1;
}
const multiply = (a: number, b: number) =>
  a === 0 || b === 0 ? 0 : EXP[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0;

/** Reed–Solomon remainder of `data` with `count` correction codewords. */
function correction(data: readonly number[], count: number): number[] {
  let generator = [1];
  for (let i = 0; i < count; i++) {
    const next = new Array<number>(generator.length + 1).fill(0);
    generator.forEach((value, j) => {
      next[j] = (next[j] ?? 0) ^ value;
      next[j + 1] = (next[j + 1] ?? 0) ^ multiply(value, EXP[i] ?? 0);
    });
    generator = next;
  }
  const rest = new Array<number>(count).fill(0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    for (let j = 0; j < count; j++) {
      rest[j] = (rest[j] ?? 0) ^ multiply(generator[j + 1] ?? 0, factor);
    }
  }
  return rest;
}

function codewords(
  bytes: Uint8Array,
  size: number,
  check: number,
  blocks: number,
): number[] {
  let bits = "0100" + bytes.length.toString(2).padStart(8, "0");
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  bits += "0000".slice(0, size * blocks * 8 - bits.length);
  const data: number[] = [];
  for (let i = 0; i < bits.length; i += 8) {
    data.push(parseInt(bits.slice(i, i + 8).padEnd(8, "0"), 2));
  }
  for (let pad = 0xEC; data.length < size * blocks; pad ^= 0xEC ^ 0x11) {
    data.push(pad);
  }
  const parts = Array.from(
    { length: blocks },
    (_, i) => data.slice(i * size, (i + 1) * size),
  );
  const checks = parts.map((part) => correction(part, check));
  const out: number[] = [];
  for (const [group, length] of [[parts, size], [checks, check]] as const) {
    for (let i = 0; i < length; i++) {
      for (const part of group) out.push(part[i] ?? 0);
    }
  }
  return out;
}

/** Modules row by row, true is dark; null when the text is too long. */
export function qrModules(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  const version = 1 +
    VERSIONS.findIndex(([size, , blocks]) => bytes.length + 2 <= size * blocks);
  const chosen = VERSIONS[version - 1];
  if (!chosen) return null;
  const n = 17 + 4 * version;
  const grid = Array.from(
    { length: n },
    () => new Array<boolean | null>(n).fill(null),
  );
  const set = (row: number, column: number, dark: boolean) => {
    const line = grid[row];
    if (line && column >= 0 && column < n) line[column] = dark;
  };
  for (const [top, left] of [[0, 0], [0, n - 7], [n - 7, 0]] as const) {
    for (let r = -1; r <= 7; r++) {
      for (let c = -1; c <= 7; c++) {
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        set(top + r, left + c, ring !== 2 && ring < 4);
      }
    }
  }
  for (let i = 8; i < n - 8; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  if (version > 1) {
    const centre = 4 * version + 10;
    for (let r = -2; r <= 2; r++) {
      for (let c = -2; c <= 2; c++) {
        set(centre + r, centre + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
      }
    }
  }
  for (let i = 0; i < 15; i++) {
    const dark = ((FORMAT >> i) & 1) === 1;
    if (i < 6) set(i, 8, dark);
    else if (i < 8) set(i + 1, 8, dark);
    else set(n - 15 + i, 8, dark);
    if (i < 8) set(8, n - 1 - i, dark);
    else set(8, i < 9 ? 7 : 14 - i, dark);
  }
  set(n - 8, 8, true);

  const stream = codewords(bytes, chosen[0], chosen[1], chosen[2]);
  let bit = 0;
  let upward = true;
  for (let right = n - 1; right > 0; right -= 2) {
    if (right === 6) right = 5; // the timing column carries no data
    for (let i = 0; i < n; i++) {
      const row = upward ? n - 1 - i : i;
      for (const column of [right, right - 1]) {
        if (grid[row]?.[column] !== null) continue;
        const value = ((stream[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
        bit += 1;
        set(row, column, (value === 1) !== ((row + column) % 2 === 0));
      }
    }
    upward = !upward;
  }
  return grid.map((row) => row.map((module) => module === true));
}

/** The picture, with the quiet zone; black on white in dark mode too, or phones cannot read it. */
export function qrSvg(text: string): string {
  const modules = qrModules(text);
  const open = '<svg xmlns="http://www.w3.org/2000/svg"';
  if (!modules) {
    return `${open} viewBox="0 0 200 200"><rect width="200" height="200" fill="#fff"/>` +
      '<text x="100" y="104" text-anchor="middle" font-size="14">地址太长，画不成二维码</text></svg>';
  }
  const size = modules.length + 8;
  let path = "";
  modules.forEach((row, r) =>
    row.forEach((dark, c) => path += dark ? `M${c + 4} ${r + 4}h1v1h-1z` : "")
  );
  return `${open} viewBox="0 0 ${size} ${size}" width="${size * 8}" height="${
    size * 8
  }" ` +
    `shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/>` +
    `<path d="${path}" fill="#000"/></svg>`;
}
