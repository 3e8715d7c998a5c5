/**
 * The page beside a chat, as the server makes it: with the signatures for its own
 * address. Which chat it is the client alone knows, so the orders are asked for
 * afterwards.
 */
import { briefly } from "../http/briefly.ts";
import type { Log } from "../http/log.ts";
import type { Caller } from "../flows/flow.ts";
import type { SidebarModel } from "../ui/sidebar/model.ts";
import type { WecomClient } from "../wecom/mod.ts";

/** A WeCom that hangs does not hold up the page, which asks again by itself. */
const SIGN_MS = 2_000;

export async function openSidebar(
  { config, wecom, log }: {
    config: { publicOrigin: string };
    wecom: Pick<WecomClient, "sign">;
    log: Log;
  },
  { requestId }: Caller,
  { pathname, search }: URL,
): Promise<SidebarModel> {
  // What the browser shows in its address bar is what WeCom will check.
  const signing = wecom.sign(config.publicOrigin + pathname + search)
    .catch((error: unknown) => {
      log("warn", "sidebar.not_signed", { requestId, error });
      return null;
    });
  const signed = await briefly(signing, SIGN_MS);
  return { signing: signed === "late" ? null : signed };
}
