/**
 * One request to qyapi and the judgement of its answer. WeCom says HTTP 200 for almost everything and
 * fills error bodies with empty lists, so `errcode` is looked at before any field (otherwise an expired
 * token reads as "no customers"). Redirects are not followed: they would carry the token elsewhere.
 */
import { z } from "zod";
import { CODE } from "./codes/mod.ts";
import { type Endpoint, pathOf } from "./endpoint.ts";
import { refused, unavailable, WecomError } from "./error.ts";
import { collect, TooLarge } from "../http/collect.ts";
import { droppedOf } from "./answer.ts";
import { parseJson } from "./json.ts";
import { type StartTimer, within } from "./time.ts";

export interface AttemptDeps {
  /** Origin of qyapi or of what stands for it, with or without a path. */
  readonly apiBase: string;
  readonly fetch: typeof fetch;
  readonly startTimer: StartTimer;
  /** Values that must not show up in an error. */
  readonly secrets: readonly string[];
  /** Hears where an answer had something that could not be used. */
  readonly onDropped: (endpoint: string, paths: readonly string[]) => void;
}

const CodedAnswer = z.looseObject({
  errcode: z.union([z.number(), z.string().regex(/^-?\d+$/).transform(Number)])
    .nullish(),
  errmsg: z.string().nullish().catch(null),
});

/** No page of a list comes near it. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Sends once. Throws a {@linkcode WecomError}, or the signal's reason when that aborts first. */
export async function attempt<I, O>(
  deps: AttemptDeps,
  endpoint: Endpoint<I, O>,
  input: I,
  token: string | null,
  signal: AbortSignal,
): Promise<O> {
  const query = new URLSearchParams(endpoint.query?.(input));
  const secrets = [...deps.secrets, ...query.values()];
  if (token !== null) {
    query.set("access_token", token);
    secrets.push(token);
  }
  const late = () =>
    unavailable(endpoint.name, "timeout", { note: `${endpoint.timeoutMs} ms` });
  const { status, text } = await within(
    endpoint.timeoutMs,
    late,
    signal,
    deps.startTimer,
    async (signal) => {
      try {
        return await exchange(deps, endpoint, input, query, signal);
      } catch (cause) {
        if (signal.aborted) throw signal.reason;
        if (cause instanceof TooLarge) {
          const note = `more than ${MOST_BYTES} bytes`;
          throw unavailable(endpoint.name, "garbage", { note });
        }
        throw unavailable(endpoint.name, "network", { cause, secrets });
      }
    },
  );
  if (status !== 200) throw unavailable(endpoint.name, "http", { status });
  const answer = readAnswer(endpoint, text, secrets);
  const dropped = droppedOf(answer);
  if (dropped.length > 0) deps.onDropped(endpoint.name, dropped);
  return answer;
}

async function exchange<I, O>(
  deps: AttemptDeps,
  endpoint: Endpoint<I, O>,
  input: I,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const search = query.size === 0 ? "" : `?${query}`;
  const url = `${deps.apiBase.replace(/\/+$/, "")}${pathOf(endpoint)}${search}`;
  const init: RequestInit = {
    method: endpoint.method,
    redirect: "manual",
    signal,
  };
  if (endpoint.body !== undefined) {
    init.body = JSON.stringify(endpoint.body(input));
    init.headers = { "content-type": "application/json" };
  }
  const { fetch } = deps;
  const response = await fetch(url, init);
  const { status } = response;
  if (status !== 200) {
    await response.body?.cancel();
    return { status, text: "" };
  }
  const bytes = await collect(response, MOST_BYTES);
  return { status, text: new TextDecoder().decode(bytes) };
}

function readAnswer<I, O>(
  endpoint: Endpoint<I, O>,
  text: string,
  secrets: readonly string[],
): O {
  const body = CodedAnswer.safeParse(parseJson(text));
  if (!body.success) {
    throw unavailable(endpoint.name, "garbage", { note: "not a JSON object" });
  }
  const errcode = body.data.errcode ?? 0;
  if (errcode !== 0) {
    throw refused(endpoint.name, errcode, body.data.errmsg ?? "", secrets);
  }
  const answer = endpoint.answer.safeParse(body.data);
  if (answer.success) return answer.data;
  // Where the answer differs, never what it holds.
  const paths = answer.error.issues.map((issue) =>
    issue.path.join(".") || "(root)"
  );
  throw unavailable(endpoint.name, "garbage", {
    errcode,
    note: [...new Set(paths)].slice(0, 5).join(", "),
  });
}

/** Nobody knows whether WeCom did what it was asked for. */
export function mayBeDone({ failure, errcode }: WecomError): boolean {
  return failure !== "errcode" || errcode === CODE.BUSY;
}

/** How long to wait before each further try, in ms; jitter is added by the caller. */
export function retryDelays(
  error: WecomError,
  { once }: Pick<Endpoint<never, unknown>, "once"> = {},
): readonly number[] {
  if (once && mayBeDone(error)) return [];
  if (error.errcode === CODE.BUSY) return [200, 400, 800];
  const { errcode } = error;
  if (errcode === CODE.TOO_MANY_PARALLEL || errcode === CODE.CONFLICT) {
    return [500, 1000, 2000];
  }
  if (error.failure === "network") return [200];
  if (error.failure === "http" && (error.status ?? 0) >= 500) return [200];
  return [];
}
