/** Works a page off, some of it at the same time. */

/**
 * Once `work` throws, nothing further begins; what is under way is waited for,
 * and the first error is thrown.
 */
export async function inParallel<T>(
  page: readonly T[],
  parallel: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const workers = Array.from({ length: parallel }, async () => {
    while (failures.length === 0) {
      const one = page[next++];
      if (one === undefined) return;
      try {
        await work(one);
      } catch (error) {
        failures.push(error);
      }
    }
  });
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
}
