/** Unknown addresses under /api answer in the envelope too. */
import { AppError } from "../../lib/http/errors.ts";

export function handler(_ctx: unknown): never {
  throw new AppError("NOT_FOUND");
}
