import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderStatusPage } from '../../../src/render/status-page.ts';
import { STATUS, withHostileTexts } from '../../support/health/status-example.ts';
import { renderTemplate } from '../../support/templates.ts';

const page = (status = STATUS) => renderStatusPage(renderTemplate, status);
const tagsOf = (html: string): string[] => html.match(/<\/?[a-z]\w*/g) ?? [];

describe('renderStatusPage', () => {
  const { html, policy } = page();

  it('escapes each text of the status', () => {
    const hostile = `<script>alert(1)</script><b>"'&\u001b[31m\u202e`;
    const { html: attacked } = page(withHostileTexts(hostile));
    expect(tagsOf(attacked)).toEqual(tagsOf(html));
    for (const character of '\u001b\u202e') expect(attacked).not.toContain(character);
    expect(attacked).toContain('eth2&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;&quot;&#39;&amp;[31m');
  });

  it('allows exactly its own style', () => {
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(html) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(policy).toContain("default-src 'none'");
    expect(html).not.toMatch(/style=/);
  });

  it('begins with the verdict and what to do', () => {
    const order = [
      '✗ Not ready',
      'amphora-interface up eth2',
      'Look at',
      'VIPs',
      'Load balancer',
      'Certificates',
    ];
    const places = order.map((text) => html.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  it('says each state with a sign and a word', () => {
    const states = [...html.matchAll(/<span class="(good|bad|quiet)">(. )/g)].map(([, tone, sign]) => [
      tone,
      sign,
    ]);
    expect(new Set(states.map(String))).toEqual(new Set(['good,✓ ', 'bad,✗ ', 'quiet,○ ']));
  });

  it('has the last change of a member with the reason of its check', () => {
    expect(html).toContain('<td data-label="Last change">3 min ago</td>');
    expect(html).toContain('L7STS, Layer7 wrong status, 503 Service Unavailable');
  });

  it('has the VIPs with who has them, and the state of VRRP', () => {
    expect(html).toContain('<span class="good">✓ the peer</span>');
    expect(html).toContain('<span class="good">✓ this amphora, on eth1</span>');
    expect(html).toMatch(/instance <code>I<\/code> on eth1: .*BACKUP<\/span> since .*; peer 10\.0\.0\.12/);
  });

  it('draws the traffic, with a gap where nothing was observed', () => {
    expect(html).toContain('aria-label="bytes a second in the last 10 minutes, at most 2 MB/s"');
    expect(html).toContain('<path d="M102 24V23H108V24ZM114 24V1H120V24Z"/>');
    expect(html).toContain('300 B/s in, 2 MB/s out, most 2 MB/s');
    expect(html).toContain('no history');
  });

  it('begins with the load balancer that needs a person, and ends with a stopped one', () => {
    const states = ['stopped', 'serves', 'silent', 'down'];
    const balancers = states.map((state) => ({ id: state, state, vips: [], listeners: [], pools: [] }));
    const { html: ordered } = page({ ...STATUS, load_balancers: [...balancers, ...STATUS.load_balancers] });
    const shown = [...ordered.matchAll(/Load balancer <code>(\w+)/g)].map(([, id]) => id);
    expect(shown).toEqual(['silent', 'down', 'LB', 'serves', 'stopped']);
  });

  it('shows drift, and whether it is looked for', () => {
    expect(html).toContain('<td data-label="Wanted">10.0.0.5/24</td>');
    const without = (mode: 'report' | 'off') =>
      page({ ...STATUS, drift: { ...STATUS.drift, mode, items: [] } }).html;
    expect(without('report')).toContain('<h2>Drift</h2>\n<p>none</p>');
    expect(without('off')).toContain('<h2>Drift</h2>\n<p>not looked for</p>');
  });

  it('shows each line of the reason of a failed change on a line of its own', () => {
    const [change] = STATUS.failed_changes;
    if (change === undefined) throw new Error('the example has no failed change');
    const failed = { ...change, reason: 'reload failed\n[ALERT] no <bind>\r\nrolled back\n' };
    expect(page({ ...STATUS, failed_changes: [failed] }).html).toContain(
      'data-label="Why">reload failed\n[ALERT] no &lt;bind&gt;\nrolled back</td>',
    );
  });

  it('says that no heartbeat was sent', () => {
    expect(html).toContain('0 failed, last never');
  });
});
