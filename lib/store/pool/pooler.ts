/**
 * Whether a transaction pooler answers (PgBouncer, and what Neon, Supabase and
 * others run): it gives each transaction another server connection, so prepared
 * statements and settings of a session do not last. Two things tell: PgBouncer
 * refuses a connection that is started with a setting it does not know
 * (`ignore_startup_parameters`), and a pooler must invent the process id that
 * cancels a query (protocol 55.2.9), since no server process belongs to the client.
 * A proxy that is no pooler may do so, too: taking it for one costs a round trip.
 */
import { sqlState } from "../errors.ts";
import type { DriverSql } from "../sql.ts";

/** protocol_violation: "unsupported startup parameter" */
const REFUSED = "08P01";

/** Asks once, on a connection of its own that must have a setting to start with. */
export async function isPooler(
  connect: () => DriverSql,
  signal: AbortSignal,
): Promise<boolean> {
  const sql = connect();
  const giveUp = () => void sql.end({ timeout: 0 });
  signal.addEventListener("abort", giveUp);
  try {
    if (signal.aborted) giveUp();
    const rows = await sql<{ pid: number }[]>`
      select pg_backend_pid() as pid`.simple();
    return rows.state.pid !== rows[0]?.pid;
  } catch (error) {
    if (sqlState(error) === REFUSED) return true;
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
    await sql.end({ timeout: 0 });
  }
}
