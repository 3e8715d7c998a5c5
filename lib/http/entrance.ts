/**
 * What happens to a request before any middleware, since Fresh reads the URL
 * first and answers 500 without a header of ours when it is none: Deno makes the
 * URL of the Host header, and "a/b" in it would even become a part of the path.
 */
import { App } from "fresh";
import { apart } from "../store/deadline.ts";
import { failure } from "./envelope.ts";
import { AppError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Requests } from "./requests.ts";
import { BARE_HEADERS, withHeaders } from "./security_headers.ts";
import type { State } from "./state.ts";
import { withoutSlash } from "./trailing_slash.ts";

/** A name or address, and a port; what URL makes of it is checked beside this. */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

type Handle = (
  request: Request,
  info?: Deno.ServeHandlerInfo,
) => Promise<Response>;

export class Entrance extends App<State> {
  #deps: { requests: Requests; log: Log };

  constructor(deps: { requests: Requests; log: Log }) {
    super();
    this.#deps = deps;
  }

  override handler(): Handle {
    const { requests, log } = this.#deps;
    const handle: Handle = super.handler();
    return (request, info) =>
      requests.follow(
        hasHost(request)
          // The runtime may call from within the context of an earlier one.
          ? apart(() => handle(withoutSlash(request), info))
          : Promise.resolve(refuse(request, log)),
        info,
      );
  }
}

/** HTTP/1.0 sends no Host, HTTP/2 puts it into the URL alone. */
function hasHost({ url, headers }: Request): boolean {
  const host = headers.get("host");
  return (host === null || HOST.test(host)) && URL.canParse(url);
}

function refuse({ method }: Request, log: Log): Response {
  const requestId = crypto.randomUUID();
  const error = new AppError("VALIDATION_FAILED", {
    msg: "请求的 Host 头不是主机名",
    details: [{ path: "host", message: "is not a host" }],
  });
  const { status } = error;
  log("info", "request", { requestId, method, status, error: error.error });
  return withHeaders(failure(error, requestId), {
    ...BARE_HEADERS,
    "x-request-id": requestId,
  });
}
