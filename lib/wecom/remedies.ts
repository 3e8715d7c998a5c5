/**
 * What an error code means for a person: the cause, where it is mended and by
 * whom. A code that nobody has listed says nothing of the app: it is treated as
 * an outage of the one thing that was asked for.
 */
import { CODE_ROWS } from "./codes/mod.ts";
import { type CodeRow, NOBODY, OPS, passing, SELF } from "./codes/row.ts";

/** Sorted by code. */
export const REMEDIES: readonly CodeRow[] = Object.values(CODE_ROWS)
  .sort((a, b) => a.code - b.code);

const BY_CODE: ReadonlyMap<number, CodeRow> = new Map(
  REMEDIES.map((row) => [row.code, row]),
);
const RANGES = REMEDIES.filter((row) => row.last !== undefined);

/** The row of a code; null when nobody has listed it. */
export function listedCode(errcode: number): CodeRow | null {
  return BY_CODE.get(errcode) ??
    RANGES.find(({ code, last = code }) =>
      code <= errcode && errcode <= last
    ) ??
    null;
}

/** For a code nobody has listed: treated as an outage, so that the caller may try again. */
export function remedyFor(errcode: number): CodeRow {
  return listedCode(errcode) ??
    { ...passing(errcode, `企业微信返回错误 ${errcode}`), who: OPS };
}

/** Cause, place and who of what WeCom answered; the address that it refused is named. */
export function adviceOf(
  { errcode, ip }: { errcode: number | null; ip: string | null },
): Pick<CodeRow, "cause" | "place" | "who"> {
  const { cause, place, who } = remedyFor(errcode ?? 0);
  return { cause: ip === null ? cause : `${cause}：${ip}`, place, who };
}

/** One Chinese sentence or two: the cause, and then who mends it and where. */
export function adviceFor(entry: CodeRow, ip: string | null = null): string {
  const cause = ip === null ? entry.cause : `${entry.cause}（IP ${ip}）`;
  if (entry.who === NOBODY) {
    return entry.remedy === "retry" ? `${cause}，请稍后重试。` : `${cause}。`;
  }
  if (entry.place !== null) {
    return `${cause}。请${entry.who}到「${entry.place}」处理。`;
  }
  return entry.who === SELF ? `${cause}。` : `${cause}。请联系${entry.who}。`;
}
