/**
 * Starts the server, on the port asked for or on the first free one from 8000.
 */
import { print } from "./print.ts";
import type { ListenOptions } from "./types.ts";

const FREE_PORTS = Array.from({ length: 20 }, (_, i) => 8000 + i);

export function serve(
  handler: Deno.ServeHandler,
  options: ListenOptions,
): void {
  const onListen = options.onListen ?? (({ hostname, port }: Deno.NetAddr) => {
    const scheme = options.key ? "https" : "http";
    const name = /^(0\.0\.0\.0|::)$/.test(hostname) ? "localhost" : hostname;
    print("log", `Fresh ready: ${scheme}://${name}:${port}/`);
  });
  const ports = options.port ? [options.port] : FREE_PORTS;
  for (const port of ports) {
    try {
      Deno.serve({ ...options, port, onListen }, handler);
      return;
    } catch (error) {
      const last = port === ports.at(-1);
      if (last || !(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
