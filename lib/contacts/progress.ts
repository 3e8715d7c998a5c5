/**
 * The progress of reading somebody's contacts, as lines of JSON: `{seen,
 * expected}` now and then, at last `{done: true}` or the error's name and
 * sentence. `expected` is what there was at the last complete run: WeCom does
 * not tell a total before the last page. The reading itself goes on when the
 * page is closed.
 */
import type { Log } from "../http/log.ts";
import { toAppError } from "../http/to_app_error.ts";
import type { Contacts } from "./contacts.ts";
import type { ContactSync } from "./sync.ts";

const EVERY_MS = 250;

export function syncProgress(
  { contacts, contactSync, log }: {
    contacts: Contacts;
    contactSync: ContactSync;
    log: Log;
  },
  wxUserId: string,
  refresh: boolean,
): Response {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  let open = true;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (line: unknown) => {
        if (open) {
          controller.enqueue(encoder.encode(JSON.stringify(line) + "\n"));
        }
      };
      const report = async () => {
        const { seen, expected, running } = await contactSync.state(wxUserId);
        if (running) send({ seen, expected });
      };
      timer = setInterval(() => report().catch(() => {}), EVERY_MS);
      try {
        if (refresh) await contacts.refresh(wxUserId);
        else await contacts.firstRead(wxUserId);
        send({ done: true });
      } catch (thrown) {
        const error = toAppError(thrown);
        log("warn", "contacts.sync_failed", { wxUserId, error: thrown });
        send({ error: error.error, msg: error.msg, details: error.details });
      }
      clearInterval(timer);
      open = false;
      try {
        controller.close();
      } catch {
        // The page was closed before us.
      }
    },
    cancel() {
      open = false;
      clearInterval(timer);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "application/x-ndjson; charset=utf-8",
      "x-accel-buffering": "no",
    },
  });
}
