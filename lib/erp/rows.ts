/**
 * Rows that the ERP pushes, taken one by one: a bad one is told, and refuses no
 * other. At most a thousand come in one call.
 */
import { z } from "zod";
import { parse } from "../http/body.ts";
import { AppError } from "../http/errors.ts";

const MOST_ROWS = 1_000;
const MOST_ISSUES = 20;

export interface Rejected {
  /** Place in what was pushed, from 0. */
  readonly index: number;
  /** The row's own id, where it has one. */
  readonly [id: string]: unknown;
  readonly issues: readonly { path: string; message: string }[];
}

export interface Rows<T> {
  readonly good: T[];
  readonly rejected: Rejected[];
  /** Rows that are good but for what their issues name. */
  readonly incomplete: Rejected[];
}

/**
 * Reads `body[field]`. `idField` names the field that tells a rejected row
 * apart; `issuesOf` answers what a good row lacks. Throws VALIDATION_FAILED for what is no list of rows, for more than a
 * thousand, and when not a single row is good.
 */
export function takeRows<S extends z.ZodType>(
  body: Record<string, unknown>,
  field: string,
  idField: string,
  row: S,
  issuesOf: (row: z.output<S>) => Rejected["issues"] = () => [],
): Rows<z.output<S>> {
  const list = z.object({ [field]: z.array(z.unknown()).max(MOST_ROWS) });
  const given = parse(list, body)[field] ?? [];
  const good: z.output<S>[] = [];
  const rejected: Rejected[] = [];
  const incomplete: Rejected[] = [];
  for (const [index, value] of given.entries()) {
    const read = row.safeParse(value);
    if (!read.success) {
      const issues = read.error.issues.map(({ path, message }) => ({
        path: path.join("."),
        message,
      }));
      rejected.push(tell(index, value, idField, issues));
      continue;
    }
    good.push(read.data);
    const issues = issuesOf(read.data);
    if (issues.length > 0) {
      incomplete.push(tell(index, value, idField, issues));
    }
  }
  if (good.length === 0 && rejected.length > 0) refuse(field, rejected);
  return { good, rejected, incomplete };
}

/** The rows as JSON Schema describes them, for the documentation. */
export function rowsSchema<S extends z.ZodType>(field: string, row: S) {
  return z.object({ [field]: z.array(row).max(MOST_ROWS) });
}

function tell(
  index: number,
  value: unknown,
  idField: string,
  issues: Rejected["issues"],
): Rejected {
  const id = value !== null && typeof value === "object"
    ? (value as Record<string, unknown>)[idField]
    : undefined;
  return {
    index,
    ...(typeof id === "string" ? { [idField]: id.slice(0, 128) } : {}),
    issues: issues.slice(0, MOST_ISSUES),
  };
}

function refuse(field: string, rejected: readonly Rejected[]): never {
  throw new AppError("VALIDATION_FAILED", {
    details: rejected.flatMap(({ index, issues }) =>
      issues.map(({ path, message }) => ({
        path: [field, index, path].filter((part) => part !== "").join("."),
        message,
      }))
    ).slice(0, MOST_ISSUES),
  });
}
