import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AmphoraStatus } from '../../../src/domain/health/amphora-status.ts';
import { renderStatusPage } from '../../../src/render/status-page.ts';
import { renderTemplate } from '../../support/templates.ts';

const STATUS: AmphoraStatus = {
  amphora: '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f',
  hostname: '<b>host</b>',
  time: '2026-11-28T12:00:00.000Z',
  versions: { agent: '1', haproxy: '2.6', keepalived: '2.2' },
  uptime_seconds: 1,
  ready: false,
  reasons: ['<script>alert(1)</script>', 'it\'s & "quoted"'],
  notes: [],
  load_balancers: [],
  udp_and_sctp_listeners: [],
  certificates: [{ file: 'a<b.pem', expires: '2026-11-29T12:00:00.000Z', days_left: 1 }],
  reloads: { avoided: {}, needed: {}, recent: [] },
  drift: { mode: 'report', interval_seconds: 60, checked_at: null, items: [] },
  failed_changes: [],
  heartbeats: { sent: 0, failed: 0, seconds_since_last: null, destinations: [], note: 'UDP' },
};

describe('renderStatusPage', () => {
  const { html, policy } = renderStatusPage(renderTemplate, STATUS);

  it('escapes every text', () => {
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('it&#39;s &amp; &quot;quoted&quot;');
    expect(html).toContain('a&lt;b.pem');
  });

  it('allows exactly its own style', () => {
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(html) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(policy).toContain("default-src 'none'");
  });

  it('says that no heartbeat was sent', () => {
    expect(html).toContain('the last never');
  });
});
