/**
 * A database that is not in UTF-8 counts bytes where texts have characters:
 * with SQL_ASCII a name is cut in the middle of one, and a search for two
 * Chinese characters finds nothing, without a word. So it is refused.
 */
import type { Queries } from "../store/database.ts";
import { OwnerError } from "./error.ts";
import type { Owner } from "./owner.ts";

/** Reads only. Throws `OwnerError`. */
export async function refuseEncoding(
  sql: Queries,
  database: Owner["database"],
): Promise<void> {
  const [row] = await sql<{ encoding: string }[]>`
    select current_setting('server_encoding') as encoding`;
  const encoding = row?.encoding ?? "unknown";
  if (encoding === "UTF8") return;
  throw new OwnerError(
    "schema",
    database,
    `is encoded in ${encoding}, and Chinese texts are not found in it: make ` +
      "one in UTF8 (create database … encoding 'UTF8' template template0) " +
      "and move the data there",
  );
}
