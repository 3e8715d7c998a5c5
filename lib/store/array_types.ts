/**
 * The array types of Postgres, told to the driver. It would ask for them on each
 * new connection, and a connection that breaks meanwhile leaves a rejection that
 * nobody can await, which ends the process. Their numbers never change
 * (pg_type.dat); what the product declares itself has no arrays.
 */
import { parse } from "postgres-array";
import type { PostgresType } from "postgres";

type Read = (text: string) => unknown;

const asText: Read = (text) => text;
const asTime: Read = (text) => new Date(text);

/** By the numbers of the array types; bigint and numeric stay texts, as alone. */
const READ: Readonly<Record<number, Read>> = {
  1000: (text) => text === "t", // boolean
  1003: asText, // name
  1005: Number, // smallint
  1007: Number, // integer
  1009: asText, // text
  1014: asText, // char
  1015: asText, // varchar
  1016: asText, // bigint
  1021: Number, // real
  1022: Number, // double precision
  1028: Number, // oid
  1115: asTime, // timestamp
  1182: asTime, // date
  1185: asTime, // timestamptz
  1231: asText, // numeric
  199: (text) => JSON.parse(text), // json
  2951: asText, // uuid
  3807: (text) => JSON.parse(text), // jsonb
};
const JSON_ARRAYS = new Set(["199", "3807"]);

/** For the driver's option `types`. */
export const ARRAY_TYPES: Record<string, PostgresType> = Object.fromEntries(
  Object.entries(READ).map(([type, read]) => [`array${type}`, {
    to: Number(type),
    from: [Number(type)],
    parse: (text: string) => parse(text, read),
    serialize: (value: unknown) => write(value, JSON_ARRAYS.has(type)),
  }]),
);

/** The text of an array; what is a text already stays as it is. */
function write(value: unknown, json: boolean): unknown {
  if (!Array.isArray(value)) return value;
  return `{${value.map((one) => writeOne(one, json)).join(",")}}`;
}

function writeOne(value: unknown, json: boolean): unknown {
  if (value === undefined) throw new TypeError("An array holds undefined");
  if (value === null) return "null";
  if (Array.isArray(value) && !json) return write(value, json);
  const text = json
    ? JSON.stringify(value)
    : value instanceof Date
    ? value.toISOString()
    : String(value);
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
