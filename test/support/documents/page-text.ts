/** The prefix that the text for curl gives to the items under a heading of the page. */
const ITEM_PREFIX: Readonly<Record<string, string>> = {
  '✗ Not ready': '- ',
  'Look at': 'attention: ',
  Notes: 'note: ',
};

/**
 * Returns what a person reads on the page of `GET /status`, in the form of the text for curl: a line for each item, each paragraph of
 * the heartbeats, and each failed change with its reason. Other tables are left out.
 */
export function pageText(html: string): string {
  const sections = [...html.matchAll(/<section[^>]*>\s*<h2>([\s\S]*?)<\/h2>([\s\S]*?)<\/section>/g)];
  const lines = sections.flatMap(([, heading = '', content = '']) => linesOf(readable(heading), content));
  return lines.map((line) => `${line}\n`).join('');
}

function linesOf(heading: string, content: string): string[] {
  const prefix = ITEM_PREFIX[heading];
  if (prefix !== undefined) return elements(content, 'li').map((item) => prefix + item);
  if (heading === 'Heartbeats') {
    const [counts = '', ...notes] = elements(content, 'p');
    return [`heartbeats: ${counts}`, ...notes];
  }
  return heading === 'Failed changes' ? failedChanges(content) : [];
}

const failedChanges = (content: string): string[] =>
  [...content.matchAll(/<tr>(?=<td)([\s\S]*?)<\/tr>/g)].flatMap(([, row = '']) => {
    const [time = '', asked = '', client = '', status = '', reason = ''] = elements(row, 'td');
    return [`failed change: ${time} ${asked} by ${client}: ${status}`, ...reason.split('\n')];
  });

/** Returns the readable content of each element of a name. */
const elements = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(`<${name}[^>]*>([\\s\\S]*?)</${name}>`, 'g'))].map(([, inner = '']) =>
    readable(inner),
  );

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#96;': '`',
  '&#92;': '\\',
  '&amp;': '&',
};

const readable = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:#?\w+);/g, (entity) => ENTITIES[entity] ?? entity)
    .trim();
