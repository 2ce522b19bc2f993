/** A piece of work with a name, which prints lines about its progress. */
export interface Job<Result> {
  readonly name: string;
  run(say: (line: string) => void): Promise<Result>;
}

/**
 * Does the jobs in their order, this many at a time. Every line of theirs is printed with the name of its job in front.
 * @returns their results, in the same order
 */
export async function inLanes<Result>(
  jobs: readonly Job<Result>[],
  lanes: number,
  print: (line: string) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = jobs.entries();
  const lane = async (): Promise<void> => {
    for (const [index, { name, run }] of queue) {
      results[index] = await run((line) => print(`${name} | ${line}`));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
