/**
 * Token, JS-SDK tickets and login. A token (91039) belongs to one app and lives 7200 s; there are two
 * tickets (90506) that must not be mixed, since `config` proves the corp and `agentConfig` the app:
 * mixing ends in 42012 or 40093. A login code (91023) works once and for five minutes.
 */
import { z } from "zod";
import type { Secret } from "../../config/secret.ts";
import { userIdOrNull } from "../answer.ts";
import { endpoint } from "../endpoint.ts";

export interface Issued {
  readonly value: string;
  readonly expiresInMs: number;
}

/** What the pages promise; a longer life was counted in another unit. */
const LONGEST_SECONDS = 7_200;
/** Where no life is told: tickets may be asked for 100 times an hour. */
const UNTOLD_SECONDS = 900;

const lifetime = z.unknown().optional().transform((v) => {
  const told = typeof v === "number" || typeof v === "string" && v.trim() !== ""
    ? Math.floor(Number(v))
    : NaN;
  return Number.isNaN(told) ? UNTOLD_SECONDS : Math.min(told, LONGEST_SECONDS);
}).pipe(z.number().positive());

export const getToken = endpoint<{ corpId: string; secret: Secret }, Issued>({
  name: "gettoken",
  method: "GET",
  auth: "none",
  query: ({ corpId, secret }) => ({
    corpid: corpId,
    corpsecret: secret.reveal(),
  }),
  answer: z.object({ access_token: z.string().min(1), expires_in: lifetime })
    .transform((a): Issued => ({
      value: a.access_token,
      expiresInMs: a.expires_in * 1000,
    })),
  timeoutMs: 5_000,
  parallel: 4,
});

const ticket = z.object({ ticket: z.string().min(1), expires_in: lifetime })
  .transform((a): Issued => ({
    value: a.ticket,
    expiresInMs: a.expires_in * 1000,
  }));

/** The corp's ticket, for `config`: 400 an hour for a corp, 100 for an app. */
export const getJsapiTicket = endpoint<void, Issued>({
  name: "get_jsapi_ticket",
  method: "GET",
  answer: ticket,
  parallel: 4,
});

/** The app's ticket, for `agentConfig`: 100 an hour. */
export const getAgentTicket = endpoint<void, Issued>({
  name: "ticket/get",
  method: "GET",
  query: () => ({ type: "agent_config" }),
  answer: ticket,
  parallel: 4,
});

/** Somebody of the company, or a stranger (customer, linked WeChat user) who is to be refused. */
export type Visitor =
  | { readonly kind: "member"; readonly wxUserId: string }
  | { readonly kind: "external" };

/** The older page of this call answers `UserId`, the newer one `userid`. */
export const getUserInfo = endpoint<{ code: string }, Visitor>({
  name: "auth/getuserinfo",
  method: "GET",
  query: ({ code }) => ({ code }),
  answer: z.object({
    userid: userIdOrNull,
    UserId: userIdOrNull,
    external_userid: userIdOrNull,
    openid: userIdOrNull,
    OpenId: userIdOrNull,
  }).transform((a, ctx): Visitor => {
    const wxUserId = a.userid ?? a.UserId;
    if (wxUserId !== null) return { kind: "member", wxUserId };
    if ((a.external_userid ?? a.openid ?? a.OpenId) !== null) {
      return { kind: "external" };
    }
    ctx.addIssue({
      code: "custom",
      message: "neither a member nor an external person",
    });
    return z.NEVER;
  }),
  parallel: 8,
});
