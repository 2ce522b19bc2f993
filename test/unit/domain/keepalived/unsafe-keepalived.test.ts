import { describe, expect, it } from 'vitest';
import { unsafeKeepalivedLines } from '../../../../src/domain/keepalived/unsafe-keepalived.ts';

const findings = (text: string) => unsafeKeepalivedLines(text, ['/var/lib/octavia']);

describe('unsafe for keepalived is', () => {
  it.each([
    ['script /bin/sh', undefined],
    ['script "/bin/sh -c x"', 'script /bin/sh'],
    ['script "/var/lib/octavia/../../../bin/sh"', 'script /var/lib/octavia/../../../bin/sh'],
    ['script /var/lib/octavia', undefined],
    ['script relative', undefined],
    ['vrrp_script a { script "/bin/sh"', 'script /bin/sh'],
    ['@main script /bin/sh', 'script /bin/sh'],
    ["misc_path '/usr/bin/id'", 'misc_path /usr/bin/id'],
    ['misc_path " /usr/bin/id"', 'misc_path /usr/bin/id'],
    ['misc_path /tmp/amphora-health-checker', undefined],
    ['notify /bin/a', undefined],
    ['notify_master "/bin/a b"', 'notify_master /bin/a'],
    ['notify_master_rx_lower_pri /bin/a', undefined],
    ['notify_fifo /etc/passwd', undefined],
    ['vrrp_notify_fifo_script /bin/a', undefined],
    ['quorum_down "/bin/a"', 'quorum_down /bin/a'],
    ['include /etc/keepalived/*.conf', undefined],
    ['includer /tmp/x', undefined],
    ['$X=script', '$X='],
    ['interface eth1\u001b', 'control character \\x1b'],
  ])('%j', (line, finding = line) => {
    expect(findings(`global_defs {\n${line}\n}\n`)).toEqual([{ line: 2, finding }]);
  });

  it('a directive that continues on the next line', () => {
    const found = findings('a\nvrrp_instance x {\nnotify\\\n_master \\\n  "/bin/a"\n} include /x\n');
    expect(found).toEqual([
      { line: 3, finding: 'notify_master /bin/a' },
      { line: 6, finding: 'include /x' },
    ]);
  });
});

describe('safe for keepalived is', () => {
  it.each([
    'script /var/lib/octavia/vrrp/check_script.sh',
    'misc_path "/var/lib/octavia/lvs/check/udp_check.sh 10.0.0.1 53"',
    'misc_path "amphora-health-checker sctp -t 4 10.0.0.1 53"',
    'misc_path "/usr/bin/amphora-health-checker sctp -t 4 10.0.0.1 53"',
    'script_user root',
    'vrrp_script script {',
    'track_script { script }',
    'notify_priority_changes true',
    '# script /bin/sh',
    'auth_pass a ! script /bin/sh',
    'a_keyword of a newer keepalived',
    'auth_pass $é',
  ])('%j', (line) => {
    expect(findings(`vrrp_instance x {\n${line}\n}\n`)).toEqual([]);
  });
});
