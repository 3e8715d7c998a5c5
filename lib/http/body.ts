/**
 * Bodies of the API: JSON objects of at most 256 KiB. Whatever else arrives is
 * VALIDATION_FAILED with the paths of the fields, never a 5xx.
 */
import type { z } from "zod";
import { AppError } from "./errors.ts";

export const MOST_BYTES = 256 * 1024;

/** Reads the body, counting: a Content-Length may lie or be absent. */
export async function readText(request: Request): Promise<string> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > MOST_BYTES) {
    await request.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body) {
    // Leaving the loop early cancels the rest of the body.
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size > MOST_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed("is not UTF-8", cause);
  }
}

/** The body as a JSON object. Throws VALIDATION_FAILED. */
export async function readJsonObject(
  request: Request,
): Promise<Record<string, unknown>> {
  const text = await readText(request);
  let value: unknown;
  try {
    // Postgres cannot hold NUL, so no text of ours may have one.
    if (text.includes("\\u0000")) throw new SyntaxError("NUL in a text");
    value = JSON.parse(text);
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

function malformed(message: string, cause?: unknown): AppError {
  return new AppError("VALIDATION_FAILED", {
    details: [{ path: "", message }],
    cause,
  });
}

function tooLarge(): AppError {
  return new AppError("VALIDATION_FAILED", {
    msg: "提交的内容太大",
    details: [{ path: "", message: `is larger than ${MOST_BYTES} bytes` }],
  });
}
