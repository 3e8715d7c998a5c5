/** The flows by name (CONTRACT §4), and their types by name for who calls them. */
import type { z } from "zod";
import type { AnyFlow } from "./flow.ts";
import { clientFailed } from "./client_failed.ts";
import { contactGet } from "./contact_get.ts";
import { contactsList } from "./contacts_list.ts";
import { customerCode } from "./customer_code.ts";
import { customerErase } from "./customer_erase.ts";
import { customerLink } from "./customer_link.ts";
import { customerMatch } from "./customer_match.ts";
import { customerReveal } from "./customer_reveal.ts";
import { deadLettersList, deadLettersReplay } from "./dead_letters.ts";
import { groupCancel } from "./group_cancel.ts";
import { groupGet } from "./group_get.ts";
import { groupLink } from "./group_link.ts";
import { groupPreview } from "./group_preview.ts";
import { groupPrepare } from "./group_prepare.ts";
import { groupRecord } from "./group_record.ts";
import { orderGet } from "./order_get.ts";
import { orderRemind } from "./order_remind.ts";
import { orderWatch } from "./order_watch.ts";
import { ordersList } from "./orders_list.ts";
import { settingsGet, settingsSave } from "./settings.ts";
import { sidebarCustomer } from "./sidebar_customer.ts";
import { sidebarGroup } from "./sidebar_group.ts";
import { syncLatest, syncRun } from "./sync_run.ts";

export const FLOWS = {
  "order.get": orderGet,
  "order.remind": orderRemind,
  "order.watch": orderWatch,
  "orders.list": ordersList,
  "contacts.list": contactsList,
  "contact.get": contactGet,
  "customer.match": customerMatch,
  "customer.link": customerLink,
  "customer.code": customerCode,
  "customer.erase": customerErase,
  "customer.reveal": customerReveal,
  "group.preview": groupPreview,
  "group.prepare": groupPrepare,
  "group.record": groupRecord,
  "group.link": groupLink,
  "group.cancel": groupCancel,
  "group.get": groupGet,
  "sidebar.customer": sidebarCustomer,
  "sidebar.group": sidebarGroup,
  "client.failed": clientFailed,
  "settings.get": settingsGet,
  "settings.save": settingsSave,
  "sync.run": syncRun,
  "sync.latest": syncLatest,
  "deadLetters.list": deadLettersList,
  "deadLetters.replay": deadLettersReplay,
} satisfies Record<string, AnyFlow>;

export type FlowName = keyof typeof FLOWS;
export type FlowInput<F extends FlowName> = z.input<typeof FLOWS[F]["input"]>;
export type FlowOutput<F extends FlowName> = z.output<
  typeof FLOWS[F]["output"]
>;

type NeedsOf<F> = F extends { run(context: infer C, input: never): unknown }
  ? C extends { deps: infer Needs } ? Needs : never
  : never;

/**
 * The intersection of a union's members: a function that takes any of them has
 * to take all of them together.
 */
type All<T> = (T extends unknown ? (one: T) => void : never) extends
  (all: infer A) => void ? A : never;

/** What all flows need together. */
export type FlowNeeds = All<NeedsOf<typeof FLOWS[FlowName]>>;
