import { configurationLines } from '../../../src/domain/haproxy/haproxy-words.ts';

/** Options of `bind` and `server` lines that stand alone; the others have one value. */
const FLAGS = /^(?:ssl|check|backup|disabled|check-ssl|send-proxy(?:-v2(?:-ssl-cn)?)?|no-[\w-]+)$/;

/** Named after the listener by Octavia, by its content here. */
const CERTIFICATE_LIST = /(\bcrt-list \S*\/)[0-9a-f-]+\.pem$/;

/**
 * A configuration as a set of directives, each with its section in front; options of `bind` and `server` lines are
 * directives of their own, certificates and lists of them have no names.
 */
export function directivesOf(text: string): string[] {
  const found: string[] = [];
  let section = '';
  for (const { words, section: kind } of configurationLines(text)) {
    const [keyword, ...values] = words;
    if (keyword === undefined) continue;
    if (keyword === kind) section = words.join(' ');
    const prefix = keyword === kind ? '' : `${section} | `;
    found.push(...directives(keyword, values).map((directive) => `${prefix}${directive}`));
  }
  return found.map((directive) =>
    directive.replace(CERTIFICATE_LIST, '$1LIST').replaceAll(/\b(?:[0-9a-f]{40}|c{40})\.pem/g, 'CERTIFICATE'),
  );
}

function directives(keyword: string, values: readonly string[]): string[] {
  const fixed = { bind: 1, server: 2 }[keyword];
  if (fixed === undefined) return [[keyword, ...values].join(' ')];
  const place = [keyword, ...values.slice(0, fixed)].join(' ');
  const options = values.slice(fixed);
  const found = [place];
  while (options.length > 0) {
    const [option = ''] = options.splice(0, 1);
    found.push(
      FLAGS.test(option) ? `${keyword} ${option}` : `${keyword} ${option} ${options.splice(0, 1).join('')}`,
    );
  }
  return found;
}
