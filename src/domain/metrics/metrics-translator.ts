import { OCTAVIA_METRICS, type OctaviaMetric } from './octavia-metrics.ts';

/** Translates the text of haproxy's exporter to Octavia's metrics, piece by piece, with at most one line in memory. */
export interface MetricsTranslator {
  /** @param text the next piece, cut at any place @returns the translation of the lines that are complete */
  write(text: string): string;
  /** @returns the translation of the rest, after the last piece */
  end(): string;
}

/** The prefix of the names of the proxies that serve the metrics themselves. */
const EXPORTER = 'prometheus-exporter';

/** A sample of the text format, version 0.0.4: `name{labels} value timestamp?` or `name value timestamp?`. */
const SAMPLE = /^(?<name>[\w:]+)(?:\{(?<labels>.*)\})?(?<rest>\s.*)$/;
const LABEL = /(?<key>\w+)="(?<value>(?:[^"\\]|\\.)*)"/g;
const COMMENT = /^# (?<keyword>HELP|TYPE) (?<name>[\w:]+)(?<rest>.*)$/;

/**
 * Renames metrics and labels according to OCTAVIA_METRICS. Drops metrics that are missing there, and the exporter's own
 * proxies. A metric without a remaining sample loses its help and type lines too.
 * @param isAbsent returns whether the samples of a server are dropped, by names of its proxy and its own
 */
export function createMetricsTranslator(isAbsent: IsAbsent = () => false): MetricsTranslator {
  let open = '';
  let header = { metric: '', text: '' };
  const translate = (line: string): string => {
    if (line.startsWith('#')) {
      const { metric, text } = translateComment(line);
      header = { metric, text: metric === header.metric ? header.text + text : text };
      return '';
    }
    const sample = translateSample(line, isAbsent);
    if (sample === '') return '';
    const text = header.text + sample;
    header = { metric: header.metric, text: '' };
    return text;
  };
  return {
    write(text) {
      const end = text.lastIndexOf('\n');
      if (end < 0) {
        open += text;
        return '';
      }
      const lines = `${open}${text.slice(0, end)}`.split('\n');
      open = text.slice(end + 1);
      return lines.map(translate).join('');
    },
    end: () => translate(open),
  };
}

function translateComment(line: string): { metric: string; text: string } {
  const { keyword, name = '', rest = '' } = COMMENT.exec(line)?.groups ?? {};
  const metric = OCTAVIA_METRICS.get(name);
  if (metric === undefined) return { metric: name, text: '' };
  const words = keyword === 'HELP' && metric.help !== undefined ? ` ${metric.help}` : rest;
  return { metric: name, text: `# ${keyword} ${metric.name}${words}\n` };
}

type IsAbsent = (proxy: string, server: string) => boolean;

function translateSample(line: string, isAbsent: IsAbsent): string {
  const { name = '', labels, rest } = SAMPLE.exec(line)?.groups ?? {};
  const metric = OCTAVIA_METRICS.get(name);
  if (metric === undefined) return '';
  if (labels === undefined) return `${metric.name}${rest}\n`;
  const translated = translateLabels(labels, metric, isAbsent);
  return translated === undefined ? '' : `${metric.name}{${translated}}${rest}\n`;
}

/** Translates labels. @returns undefined for a proxy of the exporter and for an absent server */
function translateLabels(labels: string, metric: OctaviaMetric, isAbsent: IsAbsent): string | undefined {
  const pairs: string[] = [];
  let [proxy, server]: [string?, string?] = [];
  for (const { groups } of labels.matchAll(LABEL)) {
    const { key = '', value = '' } = groups ?? {};
    if (key === 'proxy' && value.startsWith(EXPORTER)) return undefined;
    if (key === 'proxy') proxy = value;
    if (key === 'server') server = value;
    pairs.push(`${metric.labels[key] ?? key}="${value}"`);
  }
  if (proxy !== undefined && server !== undefined && isAbsent(proxy, server)) return undefined;
  return pairs.join(',');
}
