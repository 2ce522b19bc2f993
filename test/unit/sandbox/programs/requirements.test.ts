import { expect, test } from 'vitest';
import { type MachineFacts, whyNoSandbox } from '../../../../sandbox/programs/requirements.ts';

const able: MachineFacts = {
  root: false,
  missingPrograms: [],
  subordinateIds: false,
  refusal: undefined,
  switches: {},
};

test('a machine that made the namespaces fulfils the requirements, whatever its switches say', () => {
  expect(whyNoSandbox(able)).toEqual([]);
  expect(whyNoSandbox({ ...able, switches: { 'user.max_user_namespaces': '0\n' } })).toEqual([]);
});

test('missing programs are named with the packages to install, each once', () => {
  const [reason, ...others] = whyNoSandbox({ ...able, missingPrograms: ['unshare', 'nsenter', 'tini'] });
  expect(reason).toContain('unshare, nsenter, tini');
  expect(reason).toMatch(/apt-get install -y util-linux tini$/);
  expect(others).toEqual([]);
});

test('the error for a user who may not make namespaces names the switch that forbids it and how to turn it', () => {
  const reasons = whyNoSandbox({
    ...able,
    refusal: 'unshare: unshare failed: Operation not permitted\n',
    switches: {
      'kernel.unprivileged_userns_clone': '0\n',
      'user.max_user_namespaces': '96365\n',
      'kernel.apparmor_restrict_unprivileged_userns': undefined,
    },
  });
  expect(reasons.join('\n')).toContain('Operation not permitted');
  expect(reasons.join('\n')).toContain('sudo sysctl -w kernel.unprivileged_userns_clone=1');
  expect(reasons.join('\n')).not.toContain('max_user_namespaces');
});

test('the error for root in a container that forbids namespaces does not suggest root', () => {
  const reasons = whyNoSandbox({ ...able, root: true, refusal: 'unshare: Operation not permitted' });
  expect(reasons).toHaveLength(1);
  expect(reasons[0]).toContain('--privileged');
});
