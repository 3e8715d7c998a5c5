/** Waiting that ends: a page is not held up by what can go on behind it. */

/**
 * Settles as `work` does, or with "late" after `ms`. The work itself goes on; a
 * failure that comes later is nobody's, so who cares for it catches it before.
 */
export async function briefly<T>(
  work: Promise<T>,
  ms: number,
): Promise<T | "late"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
