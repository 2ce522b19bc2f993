import { describe, expect, it } from 'vitest';
import type { AuditedRequest } from '../../../../src/domain/audit/audit-line.ts';
import {
  dueRefusals,
  MOST_CERTIFICATES,
  nextDue,
  REFUSAL_LINE_MS,
  type RecentRefusals,
  withRefusal,
} from '../../../../src/domain/audit/refusal-limit.ts';

const refusedRequest = (fingerprint: string, path = '/1.0/info', second = 0): AuditedRequest => ({
  time: new Date(second * 1000).toISOString(),
  client: { authority: 'monitor', subject: `CN=${fingerprint}`, fingerprint },
  ...{ method: 'GET', path, status: 403, milliseconds: 1 },
});

/** Refuses requests one after the other. @returns which ones have lines of their own */
function refuse(recent: RecentRefusals, requests: readonly AuditedRequest[], now: number) {
  const own: AuditedRequest[] = [];
  let after = recent;
  for (const request of requests) {
    const decided = withRefusal(after, request, now);
    after = decided.recent;
    if (decided.hasOwnLine) own.push(request);
  }
  return { recent: after, own };
}

describe('the lines of the audit log about refused requests', () => {
  const first = refusedRequest('a');
  const later = [refusedRequest('a', '/1.0/two', 2), refusedRequest('a', '/1.0/three', 3)];

  it('has the first request of each certificate at once, and no other within a minute', () => {
    const other = refusedRequest('b');
    const { own } = refuse(new Map(), [first, ...later, other], 0);
    expect(own).toEqual([first, other]);
  });

  it('has the number of the further ones after a minute, with the first and the last of them', () => {
    const { recent } = refuse(new Map(), [first, ...later], 0);
    expect(nextDue(recent)).toBe(REFUSAL_LINE_MS);
    expect(dueRefusals(recent, REFUSAL_LINE_MS - 1)).toEqual({ recent, lines: [] });
    expect(dueRefusals(recent, REFUSAL_LINE_MS).lines).toEqual([
      {
        event: 'further refusals',
        client: first.client,
        requests: 2,
        ...{ from: '1970-01-01T00:00:02.000Z', to: '1970-01-01T00:00:03.000Z' },
        last: { method: 'GET', path: '/1.0/three' },
      },
    ]);
  });

  it('has at most one line a minute for a certificate that goes on', () => {
    let { recent } = refuse(new Map(), [first], 0);
    for (const minute of [1, 2, 3]) {
      const during = refuse(recent, later, (minute - 0.5) * REFUSAL_LINE_MS);
      expect(during.own).toEqual([]);
      const due = dueRefusals(during.recent, minute * REFUSAL_LINE_MS);
      expect(due.lines).toMatchObject([{ requests: 2 }]);
      recent = due.recent;
    }
  });

  it('forgets a certificate that was not refused again for a minute', () => {
    const { recent } = refuse(new Map(), [first], 0);
    const due = dueRefusals(recent, REFUSAL_LINE_MS);
    expect(due).toEqual({ recent: new Map(), lines: [] });
    expect(nextDue(due.recent)).toBeUndefined();
    expect(refuse(due.recent, [first], REFUSAL_LINE_MS).own).toEqual([first]);
  });

  it('keeps a bounded number of certificates: the others share their lines', () => {
    const many = Array.from({ length: 1000 }, (_, index) => refusedRequest(`${index}`));
    const { recent, own } = refuse(new Map(), [...many, ...many], 0);
    expect(own).toEqual(many.slice(0, MOST_CERTIFICATES + 1));
    const { lines } = dueRefusals(recent, Number.POSITIVE_INFINITY);
    expect(lines).toHaveLength(MOST_CERTIFICATES + 1);
    expect(lines.at(-1)).toMatchObject({ requests: 2 * (1000 - MOST_CERTIFICATES) - 1 });
    expect(lines.at(-1)).not.toHaveProperty('client');
    const counted = lines.reduce((sum, { requests }) => sum + requests, 0);
    expect(counted + own.length).toBe(2 * many.length);
  });
});
