/** All endpoints this app calls. The relay's list of allowed paths and the samples' test read it. */
import type { Endpoint } from "../endpoint.ts";
import {
  getAgentTicket,
  getJsapiTicket,
  getToken,
  getUserInfo,
} from "./access.ts";
import { getAgent, getCallbackIps } from "./app.ts";
import {
  addContactWay,
  deleteContactWay,
  getContactWay,
  listContactWays,
} from "./codes.ts";
import {
  batchGetByUser,
  getContact,
  getFollowUserList,
  remarkContact,
} from "./contacts.ts";
import { getGroupChat, listGroupChats } from "./groups.ts";
import { sendTextCard } from "./messages.ts";

export * from "./access.ts";
export * from "./app.ts";
export * from "./codes.ts";
export * from "./contacts.ts";
export * from "./groups.ts";
export * from "./messages.ts";

export const ENDPOINTS: readonly Endpoint<never, unknown>[] = [
  getToken,
  getJsapiTicket,
  getAgentTicket,
  getUserInfo,
  getAgent,
  getCallbackIps,
  getFollowUserList,
  getContact,
  batchGetByUser,
  remarkContact,
  addContactWay,
  getContactWay,
  listContactWays,
  deleteContactWay,
  listGroupChats,
  getGroupChat,
  sendTextCard,
];
