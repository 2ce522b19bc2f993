import { describe, expect, it } from 'vitest';
import { type StoppedFacts, stoppedService } from '../../../../src/domain/drift/stopped-service.ts';

describe('a service that does not answer', () => {
  const seen = (status: StoppedFacts['status'], wanted: StoppedFacts['wanted'], isStartQueued = false) =>
    stoppedService({ status, wanted, isStartQueued });

  it('is as it should be when its controller stopped it, or when nothing shows that it should run', () => {
    expect(seen('inactive', 'stopped')).toBeUndefined();
    expect(seen('inactive', undefined)).toBeUndefined();
    expect(seen('failed', 'stopped')).toBeUndefined();
  });

  it('may be started when somebody else stopped it, and when its service manager gave up', () => {
    expect(seen('inactive', 'running')).toMatchObject({ isStartable: true });
    expect(seen('failed', 'running')).toMatchObject({ isStartable: true });
    expect(seen('failed', undefined)).toMatchObject({ isStartable: true });
  });

  it('is left to its service manager while that tries to start it', () => {
    expect(seen('activating', 'running')).toMatchObject({ isStartable: false });
    expect(seen('inactive', 'running', true)).toMatchObject({ isStartable: false });
  });
});
