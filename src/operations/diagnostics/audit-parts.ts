import path from 'node:path';
import { auditFileName, auditFileNumbers, HEAD_FILE } from '../../domain/audit/audit-files.ts';
import { type DiagnosticsContext, filePart, type Part, presentFile } from './part.ts';

/** The newest files: the very newest one alone may have a single line. */
const FILES = 2;

/** Returns the parts of the audit log: its last lines, and the file that knows the last one. */
export async function auditParts(context: DiagnosticsContext): Promise<Part[]> {
  const directory = context.paths.audit;
  const newest = auditFileNumbers(await context.host.files.list(directory)).slice(-FILES);
  return [
    ...newest
      .map(auditFileName)
      .map((name) => filePart(context, `audit/${name}`, path.join(directory, name), 'end')),
    ...(await presentFile(context, `audit/${HEAD_FILE}`, path.join(directory, HEAD_FILE))),
  ];
}
