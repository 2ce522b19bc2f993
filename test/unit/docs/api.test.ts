import { describe, expect, it } from 'vitest';
import { DIFFERENCES } from '../../peer/differences.ts';
import {
  documentedErrors,
  ERROR_NAMES,
  errorCells,
  requestCells,
} from '../../support/documents/documented-api.ts';
import { readDocument, rowsIn, sectionOf } from '../../support/documents/documents.ts';

const PAGE = readDocument('docs/api.md');
const rowsOf = (section: string) => rowsIn(sectionOf(PAGE, section)).map(({ cells }) => cells);

describe('docs/api.md', () => {
  it('has a row for each request, with its versions, body and answers', () => {
    const rows = rowsOf('Requests').map(([request, versions, , ...others]) => [request, versions, ...others]);
    expect(rows.toSorted()).toEqual(requestCells().toSorted());
  });

  it('has a row for each error of the catalogue, with its status and body', () => {
    const rows = rowsOf('Errors').map((cells) => cells.slice(0, -1));
    expect(rows.toSorted()).toEqual(errorCells().toSorted());
  });

  it('has a row for each difference from the Python agent', () => {
    const rows = rowsOf('Differences from the Python agent');
    const listed = DIFFERENCES.map(({ steps, why }) => [steps.map((step) => `\`${step}\``).join(', '), why]);
    expect(rows).toEqual(listed);
  });
});

describe('the differences from the Python agent', () => {
  it('name each step once', () => {
    const steps = DIFFERENCES.flatMap((one) => one.steps);
    expect(new Set(steps).size).toBe(steps.length);
  });
});

describe('the samples of errors', () => {
  it('are of every class in the catalogue', () => {
    expect(documentedErrors().toSorted()).toEqual(ERROR_NAMES.toSorted());
  });
});
