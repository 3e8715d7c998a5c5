/**
 * A journal in a file of JSON lines. Appends are queued and written in order;
 * `flush` waits for them. A file cut in the middle of its last line (a crash)
 * loses that line only: the reader leaves out what it cannot parse.
 */
import type { Journal } from "./types.ts";

export interface FileJournal extends Journal {
  /** Resolves when everything appended so far is in the file; rejects if it could not be written. */
  flush(): Promise<void>;
}

/** The directory of `path` must exist. */
export function fileJournal(path: string): FileJournal {
  let queue: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown = null;
  let started = false;

  async function drain(): Promise<void> {
    const lines = queue;
    queue = [];
    if (lines.length === 0) return;
    try {
      await Deno.writeTextFile(
        path,
        lines.map((line) => `${line}\n`).join(""),
        { append: true, mode: 0o600 },
      );
    } catch (error) {
      failure = error;
    }
  }

  return {
    async read() {
      let text: string;
      try {
        text = await Deno.readTextFile(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
      // A torn last line must not swallow the first one we append.
      if (!started && text !== "" && !text.endsWith("\n")) queue.unshift("");
      started = true;
      return text.split("\n").filter((line) => line !== "");
    },
    append(line) {
      queue.push(line);
      writing = writing.then(drain);
    },
    async flush() {
      await writing;
      if (failure !== null) {
        throw new Error("沙箱记录写不进文件", { cause: failure });
      }
    },
  };
}
