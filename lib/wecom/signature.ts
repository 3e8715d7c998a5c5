/**
 * The JS-SDK signature (90506): sha1 over four pairs in a fixed order, nothing URL-encoded, the time
 * in seconds, the page's own URL up to `#`. `config` and `agentConfig` use the same algorithm with
 * different tickets and must not share a nonce. Pure: proven by the official vectors.
 */
import { createHash } from "node:crypto";

/** What goes into `wx.config` or `wx.agentConfig`; note the capital S of `nonceStr` there. */
export interface PageSignature {
  /** Seconds since epoch. */
  readonly timestamp: number;
  readonly nonceStr: string;
  /** 40 hex digits. */
  readonly signature: string;
}

export interface PageSignatures {
  readonly corpId: string;
  readonly agentId: string;
  /** The URL that was signed: the given one without its fragment. */
  readonly url: string;
  readonly config: PageSignature;
  readonly agentConfig: PageSignature;
}

/** The part of a URL that is signed. */
export function signedUrl(url: string): string {
  const hash = url.indexOf("#");
  return hash === -1 ? url : url.slice(0, hash);
}

/** Signs one page. `timestamp` in whole seconds; `url` may carry a fragment, which is cut. */
export function signPage(
  input: { ticket: string; nonceStr: string; timestamp: number; url: string },
): PageSignature {
  const { ticket, nonceStr, timestamp, url } = input;
  const text =
    `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${
      signedUrl(url)
    }`;
  const signature = createHash("sha1").update(text).digest("hex");
  return { timestamp, nonceStr, signature };
}

const ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";

/**
 * A nonce of 16 letters and digits. It is public; it only has to differ, and between the two
 * signatures of a page the first letter sees to that. `random` in [0, 1).
 */
export function nonce(first: "c" | "a", random: () => number): string {
  let text: string = first;
  while (text.length < 16) {
    text += ALPHABET.charAt(Math.floor(random() * ALPHABET.length));
  }
  return text;
}
