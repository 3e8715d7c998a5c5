/** How far a replica is behind, and whether it may answer: the rules alone. */
import assert from "node:assert/strict";
import {
  lagOf,
  mayAnswer,
  MOST_LAG_MS,
  note,
  type Noted,
} from "../../lib/store/replica_lag.ts";

const AT = 100_000;
/** Position, and how long ago it was asked for. */
const noted = (...positions: [number, number][]): Noted[] =>
  positions.map(([position, ago]) => ({ position, at: AT - ago }));

Deno.test("A replica may answer if nothing that it lacks is older than the bound", () => {
  const table: {
    it: string;
    noted: Noted[];
    position: number | null;
    commitAgeMs?: number | null;
    lag: [number, number | null];
    may: boolean;
  }[] = [
    {
      it: "has everything, and nobody has written for an hour",
      noted: noted([500, 3_600_000], [500, 0]),
      position: 500,
      commitAgeMs: 3_600_000,
      lag: [0, 0],
      may: true,
    },
    {
      it: "is a moment behind one that writes all the time",
      noted: noted([400, 900], [500, 0]),
      position: 450,
      commitAgeMs: 20,
      lag: [0, 900],
      may: true,
    },
    {
      it: "has stood still for less than the bound",
      noted: noted([400, 9_000], [500, 8_000], [600, 0]),
      position: 400,
      commitAgeMs: 3_600_000,
      lag: [8_000, 9_000],
      may: true,
    },
    {
      it: "has stood still for more than the bound",
      noted: noted([400, 12_000], [500, 11_000], [600, 0]),
      position: 450,
      lag: [11_000, 12_000],
      may: false,
    },
    {
      it: "lacks what is old, and its clock says that it does not",
      noted: noted([500, 11_000], [600, 0]),
      position: 450,
      commitAgeMs: -60_000,
      lag: [11_000, null],
      may: false,
    },
    {
      it: "is asked for the first time while the primary writes",
      noted: noted([500, 0]),
      position: 450,
      commitAgeMs: 15,
      lag: [0, null],
      may: true,
    },
    {
      it: "is asked for the first time after hours, right after a write",
      noted: noted([400, 3_600_000], [500, 0]),
      position: 400,
      commitAgeMs: 3_600_000,
      lag: [0, 3_600_000],
      may: false,
    },
    {
      it: "has lost its primary, and has all that it got",
      noted: noted([400, 3_600_000], [900, 60_000], [950, 0]),
      position: 400,
      commitAgeMs: 3_600_000,
      lag: [60_000, 3_600_000],
      may: false,
    },
    {
      it: "has replayed nothing yet",
      noted: noted([500, 0]),
      position: null,
      lag: [0, null],
      may: false,
    },
  ];
  for (const { it, noted, position, commitAgeMs = null, lag, may } of table) {
    const found = lagOf(noted, { position, commitAgeMs }, AT);
    assert.deepEqual([found.atLeastMs, found.atMostMs], lag, it);
    assert.equal(mayAnswer(found, { position, commitAgeMs }), may, it);
  }
});

Deno.test("What is noted stays short and says how long a replica has been behind", () => {
  let kept: Noted[] = [];
  for (let second = 0; second <= 500; second++) {
    const at = second * 1_000;
    kept = note(kept, { position: 1_000 + second, at }, 1_010);
  }
  assert.ok(kept.length <= 40, String(kept.length));
  const lag = lagOf(kept, { position: 1_010, commitAgeMs: null }, 500_000);
  assert.deepEqual(lag, { atLeastMs: 489_000, atMostMs: 490_000 });
  // It has caught up: nothing old is needed any more.
  kept = note(kept, { position: 1_501, at: 501_000 }, 1_500);
  assert.deepEqual(kept.map(({ position }) => position), [1_500, 1_501]);
});

Deno.test("A primary whose log is shorter is another one, and is believed from then on", () => {
  const before = noted([900, 2_000], [950, 1_000]);
  const kept = note(before, { position: 700, at: AT }, 950);
  assert.deepEqual(kept, [{ position: 700, at: AT }]);
});

Deno.test("The bound holds at its edge", () => {
  const shown = { position: 1, commitAgeMs: null };
  const lag = (atLeastMs: number) => ({ atLeastMs, atMostMs: MOST_LAG_MS });
  assert.equal(mayAnswer(lag(MOST_LAG_MS), shown), true);
  assert.equal(mayAnswer(lag(MOST_LAG_MS + 1), shown), false);
});
