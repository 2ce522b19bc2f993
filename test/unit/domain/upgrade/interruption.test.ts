import { describe, expect, it } from 'vitest';
import { workLeft } from '../../../../src/domain/upgrade/interruption.ts';
import { UPGRADE_PHASES } from '../../../../src/schemas/upgrade-record.ts';

const PHASES: readonly string[] = UPGRADE_PHASES;

/** The record of an upgrade that has entered so many phases. */
const progress = (entered: number, result: string | null = null) => {
  const steps = PHASES.slice(0, entered).map((phase) => ({ phase }));
  return { phase: steps.at(-1)?.phase ?? '', result, steps };
};

describe('workLeft', () => {
  it('begins an accepted upgrade when the agent starts its program', () => {
    expect(workLeft(progress(1), 'run')).toBe('begin');
  });

  it.each(['recover', 'boot'] as const)('drops an upgrade that was only accepted (%s)', (command) => {
    expect(workLeft(progress(1), command)).toBe('drop');
  });

  it.each(['run', 'recover', 'boot'] as const)(
    'drops an upgrade that has only kept the former packages (%s)',
    (command) => {
      expect(workLeft(progress(2), command)).toBe('drop');
    },
  );

  it('goes back from every phase in which packages may be installed', () => {
    for (let entered = 3; entered <= PHASES.length; entered += 1) {
      for (const command of ['run', 'recover', 'boot'] as const)
        expect(workLeft(progress(entered), command)).toBe('return');
    }
  });

  it('only removes the files of an upgrade that has a result', () => {
    for (const result of ['succeeded', 'returned', 'failed'])
      expect(workLeft(progress(7, result), 'boot')).toBe('tidy');
  });
});
