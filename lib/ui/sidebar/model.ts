/** What the server hands to the sidebar. Types only; the island imports it. */
import type { PageSigning } from "../model.ts";

export interface SidebarModel {
  /** null when WeCom gave no ticket: the page asks again. */
  signing: PageSigning | null;
}
