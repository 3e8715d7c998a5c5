/**
 * The release before this one: it still runs, in the processes that are replaced
 * last and wherever this one is rolled back, while the schema is already ours. At
 * each release both values are set to the one that is released (docs/deployment.md).
 */
export const PREVIOUS = {
  commit: "2de4c27",
  /** The newest migration that it brought. */
  migration: "20261125200000_tell_missed_groups.sql",
};
