import { describe, expect, it } from 'vitest';
import { expositionText } from '../../../../src/domain/metrics/exposition-text.ts';
import type { MemberFacts } from '../../../../src/domain/metrics/member-facts.ts';
import { createMemberLabels, createMemberMetrics } from '../../../../src/domain/metrics/member-metrics.ts';
import type { MetricsFormat } from '../../../../src/domain/metrics/metrics-format.ts';
import { readDocument, rowsIn, sectionOf } from '../../../support/documents/documents.ts';

const ONE: MemberFacts = {
  ...{ loadBalancer: 'lb', listener: 'l', pool: 'p', member: 'one', state: 'UP' },
  ...{ weight: '10', sessions: '7', queue: '0', checkSeconds: '0.012', stateAgeSeconds: '63' },
  ...{ connectionErrors: '4', responseErrors: '0', checkErrors: '1' },
};
const TWO: MemberFacts = {
  ...{ loadBalancer: 'lb', listener: 'l', pool: 'p', member: 'two', state: 'no check' },
  ...{ weight: '', sessions: '', queue: '', checkSeconds: '', stateAgeSeconds: '' },
  ...{ connectionErrors: '', responseErrors: '', checkErrors: '' },
};

const chunks = (members: readonly MemberFacts[], format: MetricsFormat = 'openmetrics') => [
  ...expositionText(members, createMemberLabels(), createMemberMetrics(), format),
];
const textOf = (...given: Parameters<typeof chunks>): string => Buffer.concat(chunks(...given)).toString();

describe('the metrics of members', () => {
  it('are in the format of OpenMetrics, without samples of what is not known', () => {
    const one = 'listener="l",pool="p",member="one"';
    const two = 'listener="l",pool="p",member="two"';
    const lines = textOf([ONE, TWO]).split('\n');
    expect(lines.filter((line) => !line.startsWith('# HELP'))).toEqual([
      '# TYPE amphora_agent_member_state gauge',
      `amphora_agent_member_state{loadbalancer="lb",state="UP",${one}} 1`,
      `amphora_agent_member_state{loadbalancer="lb",state="no check",${two}} 1`,
      '# TYPE amphora_agent_member_weight gauge',
      `amphora_agent_member_weight{${one}} 10`,
      '# TYPE amphora_agent_member_sessions gauge',
      `amphora_agent_member_sessions{${one}} 7`,
      '# TYPE amphora_agent_member_queue gauge',
      `amphora_agent_member_queue{${one}} 0`,
      '# TYPE amphora_agent_member_check_duration_seconds gauge',
      `amphora_agent_member_check_duration_seconds{${one}} 0.012`,
      '# TYPE amphora_agent_member_state_age_seconds gauge',
      `amphora_agent_member_state_age_seconds{${one}} 63`,
      '# TYPE amphora_agent_member_errors counter',
      `amphora_agent_member_errors_total{kind="connection",${one}} 4`,
      `amphora_agent_member_errors_total{kind="response",${one}} 0`,
      `amphora_agent_member_errors_total{kind="check",${one}} 1`,
      '# EOF',
      '',
    ]);
  });

  it("name a counter by its samples and have no end mark in Prometheus' own format", () => {
    const text = textOf([ONE], 'prometheus');
    expect(text).toContain('# TYPE amphora_agent_member_errors_total counter\n');
    expect(text).not.toContain('EOF');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('escape what the formats reserve', () => {
    expect(textOf([{ ...ONE, member: 'a"b\\c\nd' }])).toContain('member="a\\"b\\\\c\\nd"');
  });

  it('differ in their labels for members of several pools, listeners and load balancers', () => {
    const others = [{ pool: 'q' }, { listener: 'm' }, { listener: 'm', loadBalancer: 'other' }];
    const lines = textOf([ONE, ...others.map((other) => ({ ...ONE, ...other }))]).split('\n');
    const states = lines.filter((line) => line.startsWith('amphora_agent_member_state{'));
    expect(states).toEqual([
      'amphora_agent_member_state{loadbalancer="lb",state="UP",listener="l",pool="p",member="one"} 1',
      'amphora_agent_member_state{loadbalancer="lb",state="UP",listener="l",pool="q",member="one"} 1',
      'amphora_agent_member_state{loadbalancer="lb",state="UP",listener="m",pool="p",member="one"} 1',
      'amphora_agent_member_state{loadbalancer="other",state="UP",listener="m",pool="p",member="one"} 1',
    ]);
  });

  it('have no sample without members', () => {
    expect(
      textOf([])
        .split('\n')
        .filter((line) => !line.startsWith('#')),
    ).toEqual(['']);
  });

  it('are the same text in many chunks as in one, with names of any characters and lengths', () => {
    const members = Array.from({ length: 2000 }, (_, index) => ({
      ...ONE,
      member: index === 7 ? 'ß'.repeat(70_000) : `€${index}`,
    }));
    const parts = chunks(members);
    expect(parts.length).toBeGreaterThan(20);
    const expected = members.map((member) => textOf([member]).split('\n'));
    const lines = Buffer.concat(parts).toString().split('\n');
    expect(lines.filter((line) => line.startsWith('amphora_agent_member_queue{'))).toEqual(
      expected.map((own) => own.find((line) => line.startsWith('amphora_agent_member_queue{'))),
    );
    expect(lines).toHaveLength(2000 * 9 + 2 * createMemberMetrics().length + 2);
  });

  it('are right for members in the same and in different states, with equal and with different values', () => {
    // long rows of equal members fill whole chunks, and a single other one is in the middle of a chunk
    const members = Array.from({ length: 3000 }, (_, index) => ({
      ...ONE,
      member: `m${index}`,
      queue: index < 1000 ? '' : '0',
      sessions: index === 1500 ? '7' : '0',
      state: index < 2000 ? 'UP' : index === 2500 ? 'MAINT' : 'DOWN',
    }));
    const lines = textOf(members).split('\n');
    const of = (metric: string): string[] =>
      lines.filter((line) => line.startsWith(`amphora_agent_member_${metric}{`));
    const labels = (member: MemberFacts): string => `listener="l",pool="p",member="${member.member}"`;
    expect(of('queue')).toEqual(
      members.slice(1000).map((member) => `amphora_agent_member_queue{${labels(member)}} 0`),
    );
    expect(of('sessions')).toEqual(
      members.map((member) => `amphora_agent_member_sessions{${labels(member)}} ${member.sessions}`),
    );
    expect(of('state')).toEqual(
      members.map(
        (member) =>
          `amphora_agent_member_state{loadbalancer="lb",state="${member.state}",${labels(member)}} 1`,
      ),
    );
  });

  it('are those that docs/metrics.md names', () => {
    const rows = rowsIn(sectionOf(readDocument('docs/metrics.md'), 'Metrics of members'));
    expect(rows.map(({ cells: [name, type] }) => [name, type])).toEqual(
      createMemberMetrics().map(({ name, type }) => [`\`${name}\``, type]),
    );
  });
});
