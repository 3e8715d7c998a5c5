/** What a pass over sealed rows came to. */
export interface Renewal {
  /** Sealed and hashed anew. */
  renewed: number;
  /** None of our keys opens them: they stay as they are. */
  unreadable: number;
}
