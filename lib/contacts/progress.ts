/**
 * The progress of reading somebody's contacts, as lines of JSON: how far it is and
 * how many are before, when that has changed, and every few seconds, so that
 * nothing in between takes the line for dead; at last `{done: true}` or the error's
 * name and sentence. The reading itself goes on when the page is closed.
 */
import type { Log } from "../http/log.ts";
import { toAppError } from "../http/to_app_error.ts";
import type { Contacts } from "./contacts.ts";
import type { SyncProgress } from "./sync.ts";

const EVERY_MS = 500;
/** Who has read so many contacts has waited for some seconds. */
const LONG = 1_000;
/** In looks. */
const SIGN_OF_LIFE = 10;

/** As the page shows it. */
export interface ShownProgress extends SyncProgress {
  /** A sentence for the person. */
  note: string;
}

export function shown(progress: SyncProgress): ShownProgress {
  return { ...progress, note: noteOf(progress) };
}

/** `expected` is what there was last time: WeCom tells no total before the end. */
function noteOf({ seen, expected, place, waitMs }: SyncProgress): string {
  const count = seen.toLocaleString("en-US");
  const before = `前面还有 ${place} 位同事在读取`;
  const until = waitMs === null ? "" : `，预计 ${inWords(waitMs)}`;
  if (place > 0 && seen === 0) {
    return `${before}${until && `${until}后轮到您`}，可以先离开`;
  }
  if (place > 0) {
    return `已读取 ${count} 位联系人，${before}${until && `${until}后继续`}`;
  }
  if (seen === 0) return "客户多的话要等一会儿";
  const total = expected ? ` / ${expected.toLocaleString("en-US")}` : "";
  const long = seen >= LONG ? "，可以先离开" : "";
  return `已读取 ${count}${total} 位联系人${long}`;
}

function inWords(ms: number): string {
  const seconds = Math.max(5, Math.ceil(ms / 5_000) * 5);
  return seconds < 60 ? `${seconds} 秒` : `${Math.ceil(seconds / 60)} 分钟`;
}

export function syncProgress(
  { contacts, log }: { contacts: Contacts; log: Log },
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
      let last = "";
      let quiet = 0;
      const report = () => {
        const progress = contacts.progress(wxUserId);
        if (progress === null) return;
        const line = shown(progress);
        if (line.note === last && ++quiet < SIGN_OF_LIFE) return;
        [last, quiet] = [line.note, 0];
        send(line);
      };
      timer = setInterval(report, EVERY_MS);
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
