/**
 * A wire that can be cut: forwards TCP to a port of this machine and breaks
 * connections by chance, before or after the bytes went through, so that the
 * one who asked does not know whether it was done. Stands before Postgres and
 * before the simulated WeCom.
 */
import type { Dice } from "./dice.ts";

export interface Cutter {
  /** What it leads to. */
  name: string;
  port: number;
  /** Chance that a chunk is the last of its connection. */
  risk: number;
  /** Connections cut by chance. */
  readonly cuts: number;
  /** Runs at each cut by chance: a moment between two steps. */
  onCut: () => void;
  /** Breaks all connections at once. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** `own`: the port to listen on; any that is free unless told. */
export function serveCutter(
  name: string,
  target: number,
  dice: Dice,
  { port: own = 0 } = {},
): Cutter {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: own });
  const open = new Set<Deno.Conn>();
  const { port } = listener.addr;
  const cutter = { name, port, risk: 0, cuts: 0, onCut() {} };
  const accepting = (async () => {
    for await (const near of listener) void serve(near);
  })();

  async function serve(near: Deno.Conn): Promise<void> {
    open.add(near);
    let far: Deno.Conn | undefined;
    try {
      far = await Deno.connect({ hostname: "127.0.0.1", port: target });
      open.add(far);
      await Promise.race([carry(near, far), carry(far, near)]);
    } catch {
      // Broken by us or by either end: both ends see it.
    } finally {
      hangUp(near);
      if (far) hangUp(far);
    }
  }

  async function carry(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const chunk = new Uint8Array(64 * 1024);
    for (;;) {
      const size = await from.read(chunk);
      if (size === null) return;
      const cut = cutter.risk > 0 && dice.chance(cutter.risk);
      if (cut) {
        cutter.cuts += 1;
        cutter.onCut();
      }
      if (cut && dice.chance(0.5)) return;
      for (let at = 0; at < size;) {
        at += await to.write(chunk.subarray(at, size));
      }
      if (cut) return;
    }
  }

  function hangUp(conn: Deno.Conn): void {
    open.delete(conn);
    try {
      conn.close();
    } catch {
      // Closed already.
    }
  }

  return Object.assign(cutter, {
    cutAll() {
      for (const conn of [...open]) hangUp(conn);
    },
    async stop() {
      listener.close();
      for (const conn of [...open]) hangUp(conn);
      await accepting.catch(() => {});
    },
  });
}
