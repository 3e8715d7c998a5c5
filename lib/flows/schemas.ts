/**
 * The shapes of what flows answer, by subject: they validate, they make the OpenAPI
 * document, and islands import their types (types only, so that no zod reaches
 * the browser).
 */
export * from "./schemas/common.ts";
export * from "./schemas/creations.ts";
export * from "./schemas/customers.ts";
export * from "./schemas/groups.ts";
export * from "./schemas/operations.ts";
export * from "./schemas/orders.ts";
