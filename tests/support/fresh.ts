/**
 * Which Fresh the tests run on: the local package, or upstream when `links`
 * points there. The few promises that upstream does not make are skipped then.
 */
export const onUpstream = !import.meta.resolve("fresh").includes("/lib/fresh/");
