/** `fast-check`, as far as the tests use it. */
import { tool } from "./tools.ts";

export interface Arbitrary<T> {
  map<U>(to: (value: T) => U): Arbitrary<U>;
  filter(keep: (value: T) => boolean): Arbitrary<T>;
  chain<U>(to: (value: T) => Arbitrary<U>): Arbitrary<U>;
}

interface Property<Outcome> {
  run(value: unknown): Outcome;
}

interface Settings {
  numRuns?: number;
  seed?: number;
  path?: string;
  endOnFailure?: boolean;
  examples?: unknown[][];
}

interface Length {
  minLength?: number;
  maxLength?: number;
}

interface Range {
  min?: number;
  max?: number;
}

type Each<T extends unknown[]> = { [K in keyof T]: Arbitrary<T[K]> };
type Weighed<T> = Arbitrary<T> | { weight: number; arbitrary: Arbitrary<T> };

interface FastCheck {
  assert(property: Property<Promise<unknown>>, settings?: Settings): Promise<
    void
  >;
  assert(property: Property<unknown>, settings?: Settings): void;
  property<T extends unknown[]>(
    ...given: [...Each<T>, (...values: T) => boolean | void]
  ): Property<boolean | void>;
  asyncProperty<T extends unknown[]>(
    ...given: [...Each<T>, (...values: T) => Promise<boolean | void>]
  ): Property<Promise<boolean | void>>;
  sample<T>(from: Arbitrary<T>, settings: Settings): T[];

  constant<const T>(value: T): Arbitrary<T>;
  constantFrom<const T>(...values: T[]): Arbitrary<T>;
  oneof<T extends unknown[]>(
    ...of: { [K in keyof T]: Weighed<T[K]> }
  ): Arbitrary<T[number]>;
  boolean(): Arbitrary<boolean>;
  integer(range?: Range): Arbitrary<number>;
  nat(max?: number | { max: number }): Arbitrary<number>;
  maxSafeInteger(): Arbitrary<number>;
  double(): Arbitrary<number>;
  date(of?: { min?: Date; max?: Date; noInvalidDate?: boolean }): Arbitrary<
    Date
  >;
  string(
    of?: Length & { unit?: "binary" | "grapheme" | Arbitrary<string> },
  ): Arbitrary<string>;
  stringMatching(pattern: RegExp): Arbitrary<string>;
  jsonValue(of?: { maxDepth?: number }): Arbitrary<unknown>;
  array<T>(of: Arbitrary<T>, length?: Length): Arbitrary<T[]>;
  tuple<T extends unknown[]>(...of: Each<T>): Arbitrary<T>;
  dictionary<T>(
    key: Arbitrary<string>,
    value: Arbitrary<T>,
    keys?: { minKeys?: number; maxKeys?: number },
  ): Arbitrary<Record<string, T>>;
  record<T>(of: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T>;
  record<T>(
    of: { [K in keyof T]: Arbitrary<T[K]> },
    keys: { requiredKeys?: (keyof T)[] },
  ): Arbitrary<Partial<T>>;
}

const fc = await tool("fast-check") as FastCheck;
export default fc;
