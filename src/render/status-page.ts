import { createHash } from 'node:crypto';
import type { AmphoraStatus } from '../domain/health/amphora-status.ts';
import { printable } from '../domain/text/printable.ts';
import { statusView } from './status-view.ts';
import type { RenderTemplate } from './templates.ts';

/** A page for a browser, and the policy that lets it use its own style and nothing else. */
export interface StatusPage {
  readonly html: string;
  /** value of the header Content-Security-Policy */
  readonly policy: string;
}

/** Renders the status of an amphora as a page that works without scripts. */
export function renderStatusPage(render: RenderTemplate, status: AmphoraStatus): StatusPage {
  const style = render('status/style.css.njk', {});
  const html = render('status/page.html.njk', { style, status: escaped(statusView(status)) });
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html, policy };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes each text of a value for HTML: texts of haproxy and names of files come from outside. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string')
    return printable(value).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escaped(one)]));
}
