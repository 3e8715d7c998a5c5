/**
 * A process whose embedded database is at a statement that does not end. A script;
 * its argument is the directory. It stops as the product does.
 */
import { createLog } from "../../lib/http/log.ts";
import { createRequests } from "../../lib/http/requests.ts";
import { stopAtSignals } from "../../lib/stop.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { apartFor } from "../../lib/store/deadline.ts";

if (import.meta.main) {
  const [dataDir = ""] = Deno.args;
  const { sql, close, hangUp } = await openDatabase({ url: null, dataDir });
  await sql`select 1`;
  const log = createLog();
  stopAtSignals({
    requests: createRequests(),
    services: () =>
      Promise.resolve({
        cutWork: () => Promise.resolve(),
        contactSync: { close: () => Promise.resolve() },
        close,
        hangUp,
      }),
    log,
    exit: () => Deno.exit(),
  });
  const endless = () => sql`select count(*) from generate_series(1, 1e12)`;
  await apartFor(50, async () => await endless())
    .catch((error) => log("info", "cut", { error }));
}
