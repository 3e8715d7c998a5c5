/**
 * Requests drawn from the OpenAPI document: what it allows, the same with parts
 * spoilt, and what has nothing to do with it. Whatever is sent, the answer is
 * never a server error and tells nothing of the inside.
 */
import fc, { type Arbitrary } from "../support/fast_check.ts";
import { ERP_TOKEN, ORIGIN } from "../support/app.ts";
import { PHONE } from "../support/company.ts";

type Json = Record<string, unknown>;

export interface Shot {
  /** null: nobody is signed in. */
  as: string | null;
  path: string;
  init: RequestInit & { method: string; headers: Record<string, string> };
}

/** Values that mean something here, so that more than the first check is met. */
const KNOWN = ["O1", "d1", "p1", "op", "wm1", PHONE];
const PEOPLE = ["d1", "p1", "op", "ad", "nobody", null];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** What else answers: pages, sign-in, and addresses that are none. */
const PLACES = [
  "/",
  "/orders/O1/group",
  "/create-customer-group.html",
  "/auth/login",
  "/auth/callback",
  "/auth/logout",
  "/api/wecom/callback",
  "/api/contacts/sync",
  "/api/openapi.json",
  "/api/nothing",
  "/nothing",
];

const text = fc.oneof(
  fc.constantFrom(...KNOWN),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom("", " ", "\0", "\ud800", "%zz", "../x", "'--", "<script>"),
  fc.constantFrom("__proto__", "constructor", "9".repeat(400), "订单"),
);
const junk = fc.oneof(fc.jsonValue({ maxDepth: 2 }), text);

/** What the schema allows, now and then with another value in its place. */
function valueOf(schema: Json, root: Json): Arbitrary<unknown> {
  return fc.oneof(
    { weight: 5, arbitrary: fitting(schema, root) },
    { weight: 1, arbitrary: junk },
  );
}

function fitting(schema: Json, root: Json): Arbitrary<unknown> {
  const { $ref, type, properties, items } = schema;
  if (typeof $ref === "string") return fitting(resolve($ref, root), root);
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const any = schema.oneOf ?? schema.anyOf;
  if (Array.isArray(any)) {
    return fc.oneof(...any.map((one: Json) => fitting(one, root)));
  }
  switch (type) {
    case "object": {
      const fields = Object.entries((properties ?? {}) as Json);
      return fc.record(
        Object.fromEntries(
          fields.map(([name, of]) => [name, valueOf(of as Json, root)]),
        ),
        { requiredKeys: [] },
      ).chain((made) => fc.constant(withRequired(made, schema)));
    }
    case "array":
      return fc.array(valueOf((items ?? {}) as Json, root), { maxLength: 4 });
    case "integer":
      return fc.oneof(fc.integer({ min: -2, max: 200 }), fc.maxSafeInteger());
    case "number":
      return fc.double();
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return text;
  }
}

/** The name of the flow is what gets a request further than the first check. */
function withRequired(made: Json, schema: Json): Json {
  const { flowId } = (schema.properties ?? {}) as { flowId?: Json };
  return flowId && "const" in flowId && !("flowId" in made)
    ? { ...made, flowId: flowId.const }
    : made;
}

function resolve(ref: string, root: Json): Json {
  return ref.replace(/^#\//, "").split("/").reduce<Json>(
    (at, step) => at[step] as Json,
    root,
  );
}

interface Operation {
  parameters?: { name: string; schema: Json }[];
  requestBody?: { content: { "application/json": { schema: Json } } };
}

export function shots(openApi: Json): Arbitrary<Shot> {
  const described = Object.entries(
    openApi.paths as Record<string, Record<string, Operation>>,
  ).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      shotAt(path, method.toUpperCase(), operation, openApi)
    )
  );
  return fc.oneof(
    { weight: 6, arbitrary: fc.oneof(...described) },
    { weight: 1, arbitrary: strayShot() },
  );
}

function shotAt(
  path: string,
  method: string,
  { parameters = [], requestBody }: Operation,
  root: Json,
): Arbitrary<Shot> {
  const schema = requestBody?.content["application/json"].schema;
  const body = schema
    ? fc.oneof(
      { weight: 8, arbitrary: valueOf(schema, root).map(asJson) },
      { weight: 1, arbitrary: text },
    )
    : fc.constant(undefined);
  const query = fc.record(
    Object.fromEntries(parameters.map(({ name }) => [name, text])),
    { requiredKeys: [] },
  );
  return fc.record({ as: person, query, body, type: contentType, token })
    .map(({ as, query, body, type, token }) => ({
      as,
      path: addressed(path, query),
      init: {
        method,
        headers: { "content-type": type, origin: ORIGIN, ...token },
        ...(body === undefined ? {} : { body }),
      },
    }));
}

function strayShot(): Arbitrary<Shot> {
  const query = fc.dictionary(
    fc.constantFrom("orderId", "next", "code", "state", "cursor", "url", "x"),
    text,
  );
  return fc.record({
    as: person,
    place: fc.constantFrom(...PLACES),
    method: fc.constantFrom(...METHODS),
    query,
    body: fc.oneof(text, junk.map(asJson)),
    token,
  }).map(({ as, place, method, query, body, token }) => ({
    as,
    path: addressed(place, query),
    init: {
      method,
      headers: { origin: ORIGIN, ...token },
      ...(method === "GET" || method === "HEAD" ? {} : { body }),
    },
  }));
}

const person = fc.constantFrom(...PEOPLE);
const contentType = fc.constantFrom(
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "multipart/form-data",
  "application/x-www-form-urlencoded",
);
const token = fc.constantFrom<Record<string, string>>(
  {},
  { authorization: `Bearer ${ERP_TOKEN}` },
  { authorization: "Bearer x" },
  { authorization: `Bearer ${"9".repeat(4_000)}` },
);

function asJson(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

function addressed(
  path: string,
  query: Record<string, string | undefined>,
): string {
  const search = Object.entries(query).map(([name, value = ""]) =>
    `${name}=${encodeURIComponent(value.toWellFormed())}`
  );
  return search.length === 0 ? path : `${path}?${search.join("&")}`;
}

/** As Deno prints them; and what a library would. */
const STACK =
  /\bat (?:async )?\S+ \(|\bat (?:async )?file:|node_modules|\.tsx?:\d/;

/** What is wrong with an answer, in words; null: nothing. */
export function leakIn(
  answer: string,
  secrets: readonly string[],
): string | null {
  if (STACK.test(answer)) return "a stack trace";
  // Nothing of theirs is told, not even what somebody has sent.
  return secrets.some((secret) => answer.includes(secret)) ? "a secret" : null;
}
