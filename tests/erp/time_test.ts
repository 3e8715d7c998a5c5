/** Times as ERPs send them, as a table. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readTime, Time } from "../../lib/erp/time.ts";

const SHANGHAI = "Asia/Shanghai";

/** What is written, and what is meant; null: nothing, undefined: no time. */
const MEANT: [string | number | number[], string | null | undefined][] = [
  ["2026-11-20T10:00:00.000+0800", "2026-11-20T02:00:00.000Z"],
  ["2026-11-20T10:00:00.000+08:00", "2026-11-20T02:00:00.000Z"],
  ["2026-11-20T10:00:00+08", "2026-11-20T02:00:00.000Z"],
  ["2026-11-20T10:00:00 +0800", "2026-11-20T02:00:00.000Z"],
  ["2026-11-19T22:30:00-0330", "2026-11-20T02:00:00.000Z"],
  ["2026-11-20T02:00:00Z", "2026-11-20T02:00:00.000Z"],
  ["2026-11-20T02:00:00.123456Z", "2026-11-20T02:00:00.123Z"],
  ["2026-11-20 10:00:00", "2026-11-20T02:00:00.000Z"],
  ["2026-11-20 10:00:00.0", "2026-11-20T02:00:00.000Z"],
  ["2026-11-20T10:00", "2026-11-20T02:00:00.000Z"],
  ["2026/11/20 10:00", "2026-11-20T02:00:00.000Z"],
  ["2026/1/2 9:05:07", "2026-01-02T01:05:07.000Z"],
  ["2026.11.20 10:00:00", "2026-11-20T02:00:00.000Z"],
  ["2026年11月20日 10时00分00秒", "2026-11-20T02:00:00.000Z"],
  ["2026年11月20日", "2026-11-19T16:00:00.000Z"],
  ["2026-11-20", "2026-11-19T16:00:00.000Z"],
  ["20261120", "2026-11-19T16:00:00.000Z"],
  ["20261120100000", "2026-11-20T02:00:00.000Z"],
  [" 2026-11-20 10:00:00 ", "2026-11-20T02:00:00.000Z"],
  ["1763600000000", "2025-11-20T00:53:20.000Z"],
  ["1763600000", "2025-11-20T00:53:20.000Z"],
  [1763600000000, "2025-11-20T00:53:20.000Z"],
  [1763600000, "2025-11-20T00:53:20.000Z"],
  [[2026, 11, 20, 10, 0], "2026-11-20T02:00:00.000Z"],
  [[2026, 11, 20, 10, 0, 1, 500_000_000], "2026-11-20T02:00:01.500Z"],
  ["/Date(1763600000000)/", "2025-11-20T00:53:20.000Z"],
  ["/Date(1763600000000+0800)/", "2025-11-20T00:53:20.000Z"],
  ["1988-06-01 12:00", "1988-06-01T03:00:00.000Z"],
  ["", null],
  ["   ", null],
  ["2026-02-30", undefined],
  ["2026-13-01", undefined],
  ["2026-11-20 25:00:00", undefined],
  ["2026-11-20 10:60:00", undefined],
  ["0000-00-00 00:00:00", undefined],
  ["0001-01-01T00:00:00Z", undefined],
  ["26-11-20", undefined],
  ["昨天", undefined],
  ["2026-11-20 10:00:00 CST", undefined],
  [0, undefined],
  [-1763600000, undefined],
  [1763600000.5, undefined],
  [[2026, 11], undefined],
];

for (const [written, meant] of MEANT) {
  Deno.test(`${JSON.stringify(written)} means ${meant}`, () => {
    const read = readTime(written, SHANGHAI);
    assert.equal(read instanceof Date ? read.toISOString() : read, meant);
  });
}

Deno.test("A time without a zone is the company's, wherever the company is", () => {
  const zones: [string, string][] = [
    ["Asia/Shanghai", "2026-07-01T02:00:00.000Z"],
    ["Asia/Urumqi", "2026-07-01T04:00:00.000Z"],
    ["America/New_York", "2026-07-01T14:00:00.000Z"],
    ["UTC", "2026-07-01T10:00:00.000Z"],
  ];
  for (const [zone, meant] of zones) {
    const read = readTime("2026-07-01 10:00:00", zone);
    assert.equal(read?.toISOString(), meant, zone);
  }
});

Deno.test("Whatever text comes, it is a time since 1900, nothing, or no time", () => {
  const digits = fc.stringMatching(/^[0-9TZ:./+ -]{0,40}$/);
  fc.assert(fc.property(fc.oneof(fc.string(), digits), (text) => {
    if (!Time.safeParse(text).success) return;
    const read = readTime(text, SHANGHAI);
    if (read instanceof Date) assert.ok(read.getUTCFullYear() >= 1899);
  }));
});
