/**
 * The id that `asset()` puts into URLs of static files. It is a hash of those
 * files, so two instances that built the same tree agree on it. The bundler
 * writes it into browser code; the server learns it from the build.
 */
declare const __FRESH_BUILD_ID__: string;

export let BUILD_ID = typeof __FRESH_BUILD_ID__ === "string"
  ? __FRESH_BUILD_ID__
  : "unbuilt";

export function setBuildId(id: string): void {
  BUILD_ID = id;
}

/** The query parameter that marks a URL as belonging to one build. */
export const CACHE_KEY = "__frsh_c";
