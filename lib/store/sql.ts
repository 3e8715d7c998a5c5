/**
 * What the product may ask of the database. The driver offers more; what it
 * offers besides would go round the pool (`pool/`) and is left out here, and
 * refused by a lint rule (`lint.ts`) where a type cannot.
 */
import type {
  ISql,
  PendingQuery,
  Row,
  Sql as DriverSql,
  TransactionSql as DriverTransaction,
} from "postgres";

/** A part of a query. */
export type Fragment = PendingQuery<Row[]>;

/** A pool or a transaction: for queries that run in either. */
export interface Queries extends ISql {
  /** Sends from a file, past the pool. */
  file: never;
  notify: never;
  /** An array is written as it is: its type comes from the statement. */
  array: never;
  typed: never;
  types: never;
}

export interface Sql extends Queries {
  /**
   * Runs `work` in a transaction on a connection of its own. A statement of the
   * pool inside of `work` needs a second connection: avoid it.
   */
  begin<T>(work: (sql: TransactionSql) => T | Promise<T>): Promise<T>;
  begin<T>(
    options: string,
    work: (sql: TransactionSql) => T | Promise<T>,
  ): Promise<T>;
}

export interface TransactionSql extends Queries {
  savepoint<T>(work: (sql: TransactionSql) => T | Promise<T>): Promise<T>;
  savepoint<T>(
    name: string,
    work: (sql: TransactionSql) => T | Promise<T>,
  ): Promise<T>;
}

export type { DriverSql, DriverTransaction };
