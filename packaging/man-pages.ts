import { gzipSync } from 'node:zlib';
import type { CommandRunner } from '../src/host/command.ts';

/** The manual page of a command. */
export interface ManPage {
  readonly command: string;
  /** compressed text of the page */
  readonly content: Buffer;
}

interface PageSource {
  readonly command: string;
  readonly summary: string;
  /** plain text */
  readonly text: string;
}

const HELP_TIMEOUT_MS = 30_000;

/** The commands that print no help of their own. */
const PLAIN_COMMANDS: readonly PageSource[] = [
  {
    command: 'haproxy-vrrp-check',
    summary: 'whether every haproxy of an amphora answers',
    text: `Usage: haproxy-vrrp-check SOCKET...

keepalived runs it: it asks every haproxy at its stats socket, and ends with 0 where all answer within 4 s, otherwise with 1.`,
  },
  {
    command: 'amphora-health-checker',
    summary: 'whether an SCTP member takes associations',
    text: `Usage: amphora-health-checker sctp [-t SECONDS] ADDRESS PORT

keepalived runs it for each SCTP member: it sends an INIT until an INIT ACK comes.

Exit codes:
  0  the member takes an association
  1  it refuses or stays silent (3 s, unless -t says otherwise)
  2  wrong arguments
  3  no raw socket can be had here`,
  },
];

/**
 * Returns the manual pages of all commands. Those of the agent contain its output for --help.
 * @param agent file of the bundled agent, which is run with this machine's Node
 */
export async function manPages(
  commands: CommandRunner,
  { agent, version, time }: { readonly agent: string; readonly version: string; readonly time: number },
): Promise<readonly ManPage[]> {
  const helpOf = async (...words: string[]): Promise<string> => {
    const argv = [process.execPath, agent, ...words, '--help'] as const;
    return (await commands.run(argv, { timeoutMs: HELP_TIMEOUT_MS, env: { COLUMNS: '80' } })).stdout;
  };
  const pages: readonly PageSource[] = [
    { command: 'amphora-agent', summary: 'daemon inside an OpenStack Octavia amphora', text: await helpOf() },
    {
      command: 'amphora-interface',
      summary: 'bring an interface of an amphora up or down',
      text: (await helpOf('interface')).replace('amphora-agent interface', 'amphora-interface'),
    },
    {
      command: 'prometheus-proxy',
      summary: 'metrics of an amphora for Prometheus',
      text: (await helpOf('prometheus-proxy')).replace('amphora-agent prometheus-proxy', 'prometheus-proxy'),
    },
    ...PLAIN_COMMANDS,
  ];
  const date = new Date(time * 1000).toISOString().slice(0, 10);
  return pages.map((page) => ({
    command: page.command,
    content: gzipSync(pageText(page, { version, date }), { level: 9 }),
  }));
}

/** Returns a page in the language of man(7). */
function pageText(
  { command, summary, text }: PageSource,
  { version, date }: { readonly version: string; readonly date: string },
): string {
  return `.TH ${roff(command).toUpperCase()} 8 ${date} "amphora-agent ${version}"
.SH NAME
${roff(command)} \\- ${roff(summary)}
.SH DESCRIPTION
.nf
${text.trimEnd().split('\n').map(roffLine).join('\n')}
.fi
.SH SEE ALSO
.BR haproxy (1),
.BR keepalived (8)
`;
}

const roff = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-');

/** Escapes a line for roff. A line that begins with a dot or an apostrophe would be a roff request. */
const roffLine = (line: string): string => roff(line).replace(/^(?=[.'])/, '\\&');
