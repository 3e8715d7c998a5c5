/**
 * The requests under way: from their arrival until the last byte of the answer
 * is sent. A stop waits for them before it closes what they use.
 */
export interface Requests {
  /** Counts the request in until `answer` was delivered, or its client hung up. */
  follow(
    answer: Promise<Response>,
    info?: Deno.ServeHandlerInfo,
  ): Promise<Response>;
  readonly underWay: number;
  /** Resolves as soon as none is under way. */
  none(): Promise<void>;
  /** Aborts when those under way are to end now. */
  readonly hurried: AbortSignal;
  hurry(): void;
}

export function createRequests(): Requests {
  const open = new Set<Promise<void>>();
  const hurrying = new AbortController();
  return {
    follow(answer, info) {
      const delivered = answer.then(() => info?.completed)
        .catch(() => {}) // Whoever awaits the answer is told.
        .finally(() => open.delete(delivered));
      open.add(delivered);
      return answer;
    },
    get underWay() {
      return open.size;
    },
    async none() {
      while (open.size > 0) await Promise.all(open);
    },
    hurried: hurrying.signal,
    hurry: () => hurrying.abort(),
  };
}
