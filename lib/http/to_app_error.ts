/**
 * Turns whatever was thrown into the error that people see: WeCom's by the
 * remedy table, Fresh's by their status, a database that broke off by its name,
 * all else as INTERNAL without its text.
 */
import { HttpError } from "fresh";
import { isOutage, isTooLong } from "../store/database.ts";
import { WecomError } from "../wecom/mod.ts";
import { AppError } from "./errors.ts";

/** A database that is away is back after some seconds as a rule. */
const AGAIN_SECONDS = 5;
const TOO_LONG = "查询的时间太长，已停止；请换个条件，或稍后再试";

export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof WecomError) return ofWecom(error);
  if (error instanceof HttpError) {
    if (error.status === 404) {
      return new AppError("NOT_FOUND", { cause: error });
    }
    if (error.status === 405) {
      return new AppError("METHOD_NOT_ALLOWED", { cause: error });
    }
    if (error.status < 500) {
      return new AppError("VALIDATION_FAILED", { cause: error });
    }
  }
  if (isOutage(error)) {
    return new AppError("DATABASE_UNAVAILABLE", {
      ...(isTooLong(error) ? { msg: TOO_LONG } : {}),
      retryAfterSeconds: AGAIN_SECONDS,
      cause: error,
    });
  }
  return new AppError("INTERNAL", { cause: error });
}

function ofWecom(error: WecomError): AppError {
  return new AppError(error.errorName, {
    msg: error.advice,
    details: {
      errcode: error.errcode,
      endpoint: error.endpoint,
      ...(error.ip ? { ip: error.ip } : {}),
    },
    ...(error.retryAfterSeconds === null
      ? {}
      : { retryAfterSeconds: error.retryAfterSeconds }),
    cause: error,
  });
}
