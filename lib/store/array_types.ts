/**
 * The array types of Postgres, told to the driver. It would ask for them on each
 * new connection, and a connection that breaks meanwhile leaves a rejection that
 * nobody can await, which ends the process. Their numbers never change
 * (pg_type.dat); what the product declares itself has no arrays.
 */
import { parse } from "postgres-array";
import type { PostgresType } from "postgres";

/** For the driver's option `types`. */
export const ARRAY_TYPES: Record<string, PostgresType> = {
  // text, name, char, varchar, uuid; bigint and numeric are texts when alone, too
  texts: arraysOf([1009, 1003, 1014, 1015, 2951, 1016, 1231], (text) => text),
  // integer, smallint, oid, real, double precision
  numbers: arraysOf([1007, 1005, 1028, 1021, 1022], Number),
  booleans: arraysOf([1000], (text) => text === "t"),
  // timestamptz, timestamp, date
  times: arraysOf([1185, 1115, 1182], (text) => new Date(text)),
  // jsonb, json
  documents: arraysOf([3807, 199], JSON.parse, JSON.stringify),
};

/** `write` unless told: as a text, and arrays in arrays are dimensions. */
function arraysOf(
  types: [number, ...number[]],
  read: (text: string) => unknown,
  write: ((value: unknown) => string) | null = null,
): PostgresType {
  return {
    to: types[0],
    from: types,
    parse: (text: string) => parse(text, read),
    serialize: (value: unknown) => serialize(value, write),
  };
}

/** The text of an array; what is a text already stays as it is. */
function serialize(
  values: unknown,
  write: ((value: unknown) => string) | null,
): unknown {
  if (!Array.isArray(values)) return values;
  const parts = values.map((value) => {
    if (value === undefined) throw new TypeError("An array holds undefined");
    if (value === null) return "null";
    if (Array.isArray(value) && !write) return serialize(value, write);
    const text = write?.(value) ??
      (value instanceof Date ? value.toISOString() : String(value));
    return `"${text.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${parts.join(",")}}`;
}
