/**
 * Finds the end of each stay of one person. Moves are put in order by their
 * second; within one second by the versions of the group's members, if these
 * form a chain, else by what is possible: somebody who is there can only leave,
 * somebody who is away can only come. If the person has a stay that no event told,
 * events were lost, so that only a chain that is the only possible one counts.
 */
import { floorSecond, secondOf, SKEW_MS } from "./stay_times.ts";
import type { Draft } from "./stay.ts";
import type { Departure, Place, QuitScene } from "./told_moves.ts";

export interface End {
  readonly at: number;
  readonly scene: QuitScene | null;
}

interface Mark {
  readonly kind: "joined" | "left" | "away";
  readonly at: number;
  readonly place: Place | null;
  readonly scene: QuitScene | null;
  /** The stay that begins here, or whose row has this end. */
  readonly of: Draft | null;
}

/**
 * `drafts` are in order of time; `absentAt` is when an answer lacked the
 * person. An end that was only noticed is corrected by an event that told of
 * it, if that was not much later. A stay without either has no end.
 */
export function endsOf(
  drafts: readonly Draft[],
  departures: readonly Departure[],
  absentAt: number | null,
): Map<Draft, End> {
  const all = [
    ...drafts.flatMap(beginnings),
    ...departures.map(departure),
    ...ownEnds(drafts, departures),
    ...absence(drafts, absentAt),
  ];
  const marks = inOrder(all, drafts.every((one) => one.arrivals.length > 0));
  const ends = new Map<Draft, End>();
  for (const draft of drafts) {
    const began = marks.findLastIndex((one) =>
      one.kind === "joined" && one.of === draft
    );
    const rest = marks.slice(began + 1);
    const next = rest.findIndex((one) => one.kind === "joined");
    const end = endIn(next === -1 ? rest : rest.slice(0, next), rest[next]);
    if (end) ends.set(draft, end);
  }
  return ends;
}

function endIn(marks: readonly Mark[], next: Mark | undefined): End | null {
  const told = marks.find((one) => one.kind === "left");
  const noticed = marks.find((one) => one.kind === "away");
  if (told && (!noticed || told.at <= noticed.at + SKEW_MS)) return told;
  return noticed ?? (next ? { at: next.at, scene: null } : null);
}

function beginnings(of: Draft): Mark[] {
  const at = secondOf(of.joinedAt);
  const mark = { kind: "joined", at, place: null, scene: null, of } as const;
  const exact = of.arrivals.filter((one) => one.at === at);
  return exact.length === 0
    ? [mark]
    : exact.map(({ place = null }) => ({ ...mark, place }));
}

function departure({ at, scene, place = null }: Departure): Mark {
  return { kind: "left", at, scene, place, of: null };
}

/** The ends in the rows, except those that the events tell again. */
function ownEnds(
  drafts: readonly Draft[],
  departures: readonly Departure[],
): Mark[] {
  const told = [...departures];
  return drafts.flatMap((of): Mark[] => {
    const { leftAt: at, quitScene: scene } = of;
    if (at === null) return [];
    const again = told.findIndex((one) => one.at === at && one.scene === scene);
    if (again !== -1) {
      told.splice(again, 1);
      return [];
    }
    const kind = scene === null ? "away" : "left";
    return [{ kind, at, place: null, scene, of }];
  });
}

/**
 * If the person is away now, every known stay is over, whatever the clocks say.
 */
function absence(drafts: readonly Draft[], absentAt: number | null): Mark[] {
  const last = drafts.at(-1);
  if (absentAt === null || !last) return [];
  const at = Math.max(absentAt, secondOf(last.joinedAt));
  return [{ kind: "away", at, place: null, scene: null, of: last }];
}

function inOrder(marks: readonly Mark[], isAllTold: boolean): Mark[] {
  const seconds = Map.groupBy(marks, (one) => floorSecond(one.at));
  const ordered: Mark[] = [];
  let isThere = false;
  for (const [, all] of [...seconds].sort(([a], [b]) => a - b)) {
    const moves = all.filter((one) => one.kind !== "away");
    const sorted: Mark[] = byPlace(moves, isAllTold) ??
      alternating(moves, isThere);
    for (const away of all.filter((one) => one.kind === "away")) {
      sorted.splice(placeOf(away, sorted, isThere), 0, away);
    }
    ordered.push(...sorted);
    isThere = (sorted.at(-1)?.kind ?? "away") === "joined";
  }
  return ordered;
}

function byPlace(marks: readonly Mark[], isAllTold: boolean): Mark[] | null {
  const chain = marks[0]?.place?.chain;
  const isOne = chain !== undefined &&
    marks.every(({ place }) =>
      place?.chain === chain && (place.isSure || isAllTold)
    );
  if (!isOne) return null;
  const index = (one: Mark) => one.place?.index ?? 0;
  return marks.toSorted((a, b) => index(a) - index(b));
}

/**
 * Joining and leaving by turns, as far as they go; the end of a row comes after
 * its own beginning.
 */
function alternating(marks: readonly Mark[], wasThere: boolean): Mark[] {
  const joined = marks.filter((one) => one.kind === "joined");
  const left = marks.filter((one) => one.kind === "left");
  const isOwn = joined.some((one) => left.some((end) => end.of === one.of));
  const sorted: Mark[] = [];
  let isThere = wasThere && !(isOwn && joined.length >= left.length);
  while (joined.length + left.length > 0) {
    const [wanted, other] = isThere ? [left, joined] : [joined, left];
    const next = wanted.shift() ?? other.shift();
    if (!next) break;
    sorted.push(next);
    isThere = next.kind === "joined";
  }
  return sorted;
}

/**
 * Where in a second the person was noticed to be away: after the beginning of
 * that stay, else after leaving.
 */
function placeOf(
  { of }: Mark,
  sorted: readonly Mark[],
  wasThere: boolean,
): number {
  const own = sorted.findLastIndex((one) =>
    one.kind === "joined" && one.of === of
  );
  if (own !== -1) {
    const next = sorted.findIndex((one, index) =>
      index > own && one.kind === "joined"
    );
    return next === -1 ? sorted.length : next;
  }
  if (!wasThere) return 0;
  const gone = sorted.findIndex((one) => one.kind === "left");
  return gone === -1 ? 0 : gone + 1;
}
