/**
 * What WeCom knows of the app itself (agent/get, 90227), and the cheapest call that
 * proves token and address (getcallbackip, 92521: it needs no right).
 */
import { z } from "zod";
import { code, idIn, isObject, text, texts } from "../answer.ts";
import { endpoint } from "../endpoint.ts";

export interface AgentInfo {
  readonly isClosed: boolean;
  /** The trusted domain, as it was typed; empty when there is none. */
  readonly trustedDomain: string;
  /** Named one by one; whoever is in by a department or a tag is not told. */
  readonly users: readonly string[];
  readonly hasDepartments: boolean;
}

const users = z.transform((value: unknown): string[] =>
  isObject(value) && Array.isArray(value.user)
    ? value.user.flatMap((one) => isObject(one) && idIn(one.userid) || [])
    : []
);

/** Departments or tags. */
const others = (name: string) =>
  z.transform((value: unknown): boolean =>
    isObject(value) && Array.isArray(value[name]) && value[name].length > 0
  );

export const getAgent = endpoint<{ agentId: string }, AgentInfo>({
  name: "agent/get",
  method: "GET",
  query: ({ agentId }) => ({ agentid: agentId }),
  answer: z.object({
    close: code,
    redirect_domain: text,
    allow_userinfos: users,
    allow_partys: others("partyid"),
    allow_tags: others("tagid"),
  }).transform((a): AgentInfo => ({
    isClosed: a.close === 1,
    trustedDomain: a.redirect_domain,
    users: a.allow_userinfos,
    hasDepartments: a.allow_partys || a.allow_tags,
  })),
  parallel: 2,
});

export const getCallbackIps = endpoint<void, readonly string[]>({
  name: "getcallbackip",
  method: "GET",
  answer: z.object({ ip_list: texts }).transform((a) => a.ip_list),
  parallel: 2,
});
