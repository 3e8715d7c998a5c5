/**
 * Stands before a Postgres and keeps what a program asks of it, with the values,
 * so that another program can ask the same. Reads the extended protocol as
 * postgres.js speaks it: a statement is parsed once, then bound by its name.
 */
export interface Heard {
  /** With $1, $2, … in it. */
  text: string;
  values: (string | null)[];
}

export interface Wiretap {
  /** The same database, through here. */
  url: string;
  /** What was asked since the last time. */
  heard(): Heard[];
  close(): void;
}

export function tapWire(url: string): Wiretap {
  const behind = new URL(url);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const before = new URL(url);
  before.port = String(listener.addr.port);
  let heard: Heard[] = [];
  const open = new Set<Deno.Conn>();

  async function serve(client: Deno.Conn): Promise<void> {
    const server = await Deno.connect({
      hostname: behind.hostname,
      port: Number(behind.port),
    });
    const pair = [client, server];
    for (const one of pair) open.add(one);
    const read = readerOf((one) => heard.push(one));
    const listening = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        read(bytes);
        controller.enqueue(bytes);
      },
    });
    await Promise.allSettled([
      client.readable.pipeThrough(listening).pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
    for (const one of pair) open.delete(one);
  }

  (async () => {
    for await (const client of listener) {
      serve(client).catch(() => client.close());
    }
  })().catch(() => {});

  return {
    url: before.href,
    heard() {
      const all = heard;
      heard = [];
      return all;
    },
    close() {
      listener.close();
      for (const one of open) one.close();
    },
  };
}

/** Reads what one client sends, in whatever pieces it comes. */
function readerOf(tell: (heard: Heard) => void): (bytes: Uint8Array) => void {
  const texts = new Map<string, string>();
  let rest = new Uint8Array();
  let started = false;
  return (bytes) => {
    const all = new Uint8Array(rest.length + bytes.length);
    all.set(rest);
    all.set(bytes, rest.length);
    rest = all;
    for (;;) {
      // The first message has no letter before its length.
      const letter = started ? 1 : 0;
      if (rest.length < letter + 4) return;
      const view = new DataView(rest.buffer, rest.byteOffset);
      const end = letter + view.getInt32(letter);
      if (rest.length < end) return;
      const body = new Body(rest.subarray(letter + 4, end));
      const kind = started ? String.fromCharCode(rest[0] ?? 0) : "";
      if (kind === "P") texts.set(body.text(), body.text());
      if (kind === "B") tell(boundBy(body, texts));
      started = true;
      rest = rest.subarray(end);
    }
  };
}

function boundBy(body: Body, texts: ReadonlyMap<string, string>): Heard {
  body.text();
  const text = texts.get(body.text()) ?? "";
  for (let formats = body.short(); formats > 0; formats--) body.short();
  const values = Array.from({ length: body.short() }, () => body.value());
  return { text, values };
}

class Body {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  #view(): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset);
  }

  short(): number {
    this.#at += 2;
    return this.#view().getInt16(this.#at - 2);
  }

  /** Up to the next zero byte. */
  text(): string {
    const end = this.bytes.indexOf(0, this.#at);
    const text = new TextDecoder().decode(this.bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  value(): string | null {
    const size = this.#view().getInt32(this.#at);
    this.#at += 4;
    if (size < 0) return null;
    this.#at += size;
    return new TextDecoder().decode(
      this.bytes.subarray(this.#at - size, this.#at),
    );
  }
}
