/** The Debian releases on which the project has to work: Debian 12 and Debian 13. */
export const SUITES = ['bookworm', 'trixie'] as const;
export type Suite = (typeof SUITES)[number];

/** @throws Error one line with the choices, where the word is no suite */
export function parseSuite(word: string): Suite {
  const suite = SUITES.find((name) => name === word);
  if (suite === undefined) throw new Error(`unknown suite: ${word} (choose ${SUITES.join(' or ')})`);
  return suite;
}
