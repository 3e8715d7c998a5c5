/**
 * PGlite in a thread of its own: a statement in it takes the thread until it is
 * done, and the process must go on, at least to hear that it should stop. Whoever
 * starts it speaks to it over the loopback, and by messages: which directory it
 * is to make or to open, and that it is to close.
 */
import type { Embedded, Said, Told } from "./embedded.ts";
import { makeDatabase } from "./embedded_making.ts";
import { startEmbedded } from "./embedded_server.ts";

/** Of a worker, whose types are not those of a page. */
interface Thread {
  onmessage: ((event: MessageEvent<Told>) => void) | null;
  postMessage(said: Said): void;
}

const thread = globalThis as unknown as Thread;
let embedded: Promise<Embedded> | null = null;

thread.onmessage = async ({ data }) => {
  try {
    if (data === "stop") {
      await (await embedded)?.stop();
      thread.postMessage("stopped");
    } else if ("make" in data) {
      await makeDatabase(data.make);
      thread.postMessage("made");
    } else {
      embedded = startEmbedded(data.open);
      thread.postMessage({ url: (await embedded).url });
    }
  } catch (failed) {
    thread.postMessage({ failed });
  }
};
