/**
 * Lets those who ask the same question at the same time share its answer: of many, one is under way and one waits for it,
 * for all who came meanwhile. Nobody gets an answer that was begun before he asked. A program costs the agent 3 ms and
 * more to start, in which all its threads stand still when they touch new memory (fork(2) copies the tables of the whole
 * process).
 * @param put asks, by the words of the question
 */
export function sharedAnswers<Answer>(
  put: (...words: string[]) => Promise<Answer>,
): (...words: string[]) => Promise<Answer> {
  const questions = new Map<string, { underWay: Promise<unknown>; next?: Promise<Answer> }>();
  const begin = (key: string, words: string[]): Promise<Answer> => {
    const answer = put(...words);
    const question = { underWay: answer };
    questions.set(key, question);
    const end = (): void => {
      if (questions.get(key) === question && !('next' in question)) questions.delete(key);
    };
    answer.then(end, end);
    return answer;
  };
  return (...words) => {
    const key = words.join('\0');
    const question = questions.get(key);
    if (question === undefined) return begin(key, words);
    const anew = (): Promise<Answer> => begin(key, words);
    question.next ??= question.underWay.then(anew, anew);
    return question.next;
  };
}
