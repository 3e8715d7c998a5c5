/**
 * `fresh/dev`: builds the islands and serves the app in development. Only build
 * scripts and tests import it, so that a server in production loads no bundler.
 */
export { Builder, type BuildOptions } from "./builder.ts";
