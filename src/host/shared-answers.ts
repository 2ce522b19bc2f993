/**
 * Makes concurrent calls with the same arguments share a result. One call runs. All calls that arrive during that run
 * share one second run, which begins after the first. So no caller gets a result that was begun before its call. The start
 * of a program costs the agent 3 ms and more. Meanwhile each thread of the agent blocks when it touches new memory
 * (fork(2) copies the page tables of the whole process).
 * @param query gets the result for the arguments
 */
export function sharedAnswers<Answer>(
  query: (...args: string[]) => Promise<Answer>,
): (...args: string[]) => Promise<Answer> {
  const runs = new Map<string, { current: Promise<unknown>; next?: Promise<Answer> }>();
  const begin = (key: string, args: string[]): Promise<Answer> => {
    const answer = query(...args);
    const run = { current: answer };
    runs.set(key, run);
    const end = (): void => {
      if (runs.get(key) === run && !('next' in run)) runs.delete(key);
    };
    answer.then(end, end);
    return answer;
  };
  return (...args) => {
    const key = args.join('\0');
    const run = runs.get(key);
    if (run === undefined) return begin(key, args);
    const beginNext = (): Promise<Answer> => begin(key, args);
    run.next ??= run.current.then(beginNext, beginNext);
    return run.next;
  };
}
