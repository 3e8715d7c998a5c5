/** A database with the three roles of docs/deployment.md, made by its own words. */
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { documented, statements } from "../support/documented.ts";

export type Role = "owner" | "app" | "backup";

export interface RoleDatabase {
  name: string;
  /** The address as that role, of this database or of another one. */
  as(role: Role, database?: string): string;
  /** What is said after the first migration. */
  migrated(): Promise<void>;
}

const PASSWORDS = {
  owner: "OWNER_PASSWORD",
  app: "APP_PASSWORD",
  backup: "BACKUP_PASSWORD",
};

/** On the server of that address; gone afterwards, with `NAME_rehearsal`. */
export async function withRoles<T>(
  server: string,
  fn: (database: RoleDatabase) => Promise<T>,
): Promise<T> {
  const name = `roles_${crypto.randomUUID().replaceAll("-", "")}`;
  const inside = new URL(server);
  inside.pathname = `/${name}`;
  const open = (url: string) =>
    openDatabase({ url: new Secret(url), dataDir: "", max: 1 });
  const admin = await open(server);
  const [outer = "", inner = "", after = ""] = await documented(
    "deployment",
    "## Postgres",
    "sql",
    name,
  );
  try {
    for (const statement of statements(outer)) {
      await admin.sql.unsafe(statement);
    }
    const inThere = async (block: string) => {
      const there = await open(inside.href);
      for (const one of statements(block)) await there.sql.unsafe(one);
      await there.close();
    };
    await inThere(inner);
    return await fn({
      name,
      migrated: () => inThere(after),
      as(role, database = name) {
        const url = new URL(server);
        url.pathname = `/${database}`;
        url.username = `${name}_${role}`;
        url.password = PASSWORDS[role];
        return url.href;
      },
    });
  } finally {
    for (const database of [`${name}_rehearsal`, name]) {
      await admin.sql.unsafe(
        `drop database if exists ${database} with (force)`,
      );
    }
    for (const role of Object.keys(PASSWORDS)) {
      await admin.sql.unsafe(`drop role if exists ${name}_${role}`);
    }
    await admin.close();
  }
}
