/** Asks again until the answer is good, and says the last one when it never is. */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
  good: (answer: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (good(answer)) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `${what} did not come about in ${withinMs / 1_000} s; last: ${JSON.stringify(answer)?.slice(0, 2_000)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
