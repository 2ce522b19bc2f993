import { readFileSync } from 'node:fs';
import path from 'node:path';

const DOCS = path.resolve(import.meta.dirname, '../../docs');

/** The block of shell commands below a comment of a document which says that this test runs it. */
export function documentedBlock(document: string, test: string): string {
  const text = readFileSync(path.join(DOCS, document), 'utf8');
  const [, rest] = text.split(`<!-- tests run the next block: ${test} -->\n\`\`\`sh\n`);
  const [block] = rest?.split('```\n') ?? [];
  if (block === undefined) throw new Error(`docs/${document} has no block for ${test}`);
  return block;
}
