/**
 * Bodies of the API: JSON objects of at most 256 KiB, and 4 MiB for the ERP,
 * whose thousand orders a call need more. Whatever else arrives is
 * VALIDATION_FAILED with the paths of the fields, never a 5xx.
 */
import type { z } from "zod";
import { collect, TooLarge } from "./collect.ts";
import { AppError } from "./errors.ts";
import { receiving } from "./receiving.ts";

export const MOST_BYTES = 256 * 1024;
/** A thousand orders with every field at its longest stay below this. */
export const MOST_BATCH_BYTES = 4 * 1024 * 1024;

/** Reads the body as UTF-8, and no more of it than it may be long. */
export async function readText(
  request: Request,
  most = MOST_BYTES,
): Promise<string> {
  const bytes = await receiving(request, () => collect(request, most))
    .catch((error) => {
      throw error instanceof TooLarge ? tooLarge(most) : incomplete(error);
    });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed("is not UTF-8", cause);
  }
}

/**
 * The body as a JSON object, told to be one: a foreign page may send texts and forms
 * without being asked, and no JSON. Throws REQUEST_INCOMPLETE, and VALIDATION_FAILED,
 * also for text that cannot be stored, wherever it stands, unless that is judged
 * row by row.
 */
export async function readJsonObject(
  request: Request,
  most = MOST_BYTES,
  { rowByRow = false, byToken = false } = {},
): Promise<Record<string, unknown>> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim();
  // Who comes with a token and no cookie is no browser, and may say nothing.
  if (!byToken && type?.toLowerCase() !== "application/json") {
    throw new AppError("VALIDATION_FAILED", {
      msg: "请求的格式不对",
      details: [{ path: "content-type", message: "is not application/json" }],
    });
  }
  const text = await readText(request, most);
  let value: unknown;
  try {
    // What Postgres cannot hold can only come as an escape.
    const suspicious = !rowByRow && text.includes("\\u");
    value = JSON.parse(text, suspicious ? storable : undefined);
  } catch (cause) {
    throw malformed("is not JSON", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed("is not a JSON object");
  }
  return value as Record<string, unknown>;
}

/** Validates; the paths of what is wrong go into `details`. */
export function parse<S extends z.ZodType>(
  schema: S,
  value: unknown,
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError("VALIDATION_FAILED", {
    details: parsed.error.issues.slice(0, 20).map((issue) => ({
      path: issue.path.join("."),
      message: issue.message,
    })),
  });
}

/** Postgres has no NUL, and would make one text of two half characters. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function storable(_key: string, value: unknown): unknown {
  if (typeof value !== "string" || isStorable(value)) return value;
  throw new SyntaxError("Text with NUL or half a character");
}

/**
 * Only the connection breaks a body off: the client hung up, or Deno stops, which
 * takes none to its end. So it is no fault of ours, and whoever still hears this
 * sends the request again.
 */
function incomplete(cause: unknown): AppError {
  return new AppError("REQUEST_INCOMPLETE", { retryAfterSeconds: 1, cause });
}

function malformed(message: string, cause?: unknown): AppError {
  return new AppError("VALIDATION_FAILED", {
    details: [{ path: "", message }],
    cause,
  });
}

function tooLarge(most: number): AppError {
  return new AppError("VALIDATION_FAILED", {
    msg: "提交的内容太大",
    details: [{ path: "", message: `is larger than ${most} bytes` }],
  });
}
