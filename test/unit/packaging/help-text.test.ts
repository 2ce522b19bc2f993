import { expect, it } from 'vitest';
import { pageOfHelpText } from '../../../packaging/documents/help-text.ts';
import { manualPageText } from '../../../packaging/documents/manual-page.ts';

const HELP = `Usage: probe NAME

Checks "x".
.Dots begin no request here.

Exit codes:
  0  fine
  1  a back\\slash
`;

it('a help text becomes a page for man, with what roff would take for a request or an escape kept as it is', () => {
  const page = pageOfHelpText('probe', HELP);
  expect(page).toMatchObject({ summary: 'checks "x"', usage: 'probe NAME' });
  const text = manualPageText(page, { version: '1.2.3', date: '2026-11-28', seeAlso: ['other(8)'] });
  expect(text.split('\n')).toEqual([
    '.TH PROBE 8 2026-11-28 "amphora-agent 1.2.3"',
    '.SH NAME',
    'probe \\- checks \\(dqx\\(dq',
    '.SH SYNOPSIS',
    '.nf',
    '.B probe NAME',
    '.fi',
    '.SH DESCRIPTION',
    'Checks \\(dqx\\(dq. .Dots begin no request here.',
    '.SH EXIT CODES',
    '.TP',
    '.B 0',
    'fine',
    '.TP',
    '.B 1',
    'a back\\eslash',
    '.SH SEE ALSO',
    '.BR other (8)',
    '',
  ]);
});

it('a help text without a usage is refused', () => {
  expect(() => pageOfHelpText('probe', 'Checks it.')).toThrow('probe: no usage or no description');
});
