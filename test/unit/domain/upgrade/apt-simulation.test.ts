import { describe, expect, it } from 'vitest';
import { failedSimulationReason, simulationFault } from '../../../../src/domain/upgrade/apt-simulation.ts';

const A = { name: 'payload-a', version: '1.0' };
const B = { name: 'payload-b', version: '2.0' };

// outputs of apt-get 2.6.1 (Debian 12)
const BOTH = `Reading package lists...
Building dependency tree...
Reading state information...
The following NEW packages will be installed:
  payload-a payload-b
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Inst payload-a (1.0 local-deb [all])
Inst payload-b (2.0 local-deb [all])
Conf payload-a (1.0 local-deb [all])
Conf payload-b (2.0 local-deb [all])
`;
const REMOVES = `The following packages will be REMOVED:
  git python3-diskimage-builder
0 upgraded, 1 newly installed, 2 to remove and 0 not upgraded.
Remv python3-diskimage-builder [3.13.0-2]
Remv git [1:2.39.5-0+deb12u3]
Inst payload-d (1.0 local-deb [all])
Conf payload-d (1.0 local-deb [all])
`;
const REPLACES = `Inst haproxy [2.6.12-1+deb12u2] (2.6.12-1+deb12u3 local-deb [amd64]) []
Inst liblua5.3-0:i386 [5.3.6-2] (5.3.6-3 Debian:12.5/stable [i386])
Conf haproxy (2.6.12-1+deb12u3 local-deb [amd64])
`;
const UNMET = `Reading package lists...
Some packages could not be installed. This may mean that you have
requested an impossible situation or if you are using the unstable
distribution that some required packages have not yet been created
or been moved out of Incoming.
The following information may help to resolve the situation:

The following packages have unmet dependencies:
 libnode108 : Depends: node-acorn (>= 6.2.1~) but it is not installable
              Depends: node-undici (>= 5.0.0~) but it is not installable
 payload-c : Depends: no-such-thing (>= 3) but it is not installable
E: Unable to correct problems, you have held broken packages.
`;

describe('a simulated installation', () => {
  it('is accepted when nothing but the packages of the bundle changes', () => {
    expect(simulationFault(BOTH, [A, B])).toBeUndefined();
    expect(simulationFault('', [A])).toBeUndefined();
  });

  it('is refused when it installs a package or a version that the bundle does not have', () => {
    expect(simulationFault(BOTH, [A])).toBe('it needs payload-b 2.0, which the bundle does not have');
    expect(simulationFault(BOTH, [A, { ...B, version: '2.1' }])).toContain('payload-b 2.0');
    expect(simulationFault(REPLACES, [{ name: 'haproxy', version: '2.6.12-1+deb12u3' }])).toBe(
      'it needs liblua5.3-0 5.3.6-3, which the bundle does not have',
    );
  });

  it('is refused when it removes a package', () => {
    expect(simulationFault(REMOVES, [{ name: 'payload-d', version: '1.0' }])).toBe(
      'it would remove python3-diskimage-builder, git',
    );
  });

  it('gives the unmet dependencies as the reason of its failure', () => {
    expect(failedSimulationReason(UNMET)).toBe(
      [
        'libnode108 : Depends: node-acorn (>= 6.2.1~) but it is not installable',
        'Depends: node-undici (>= 5.0.0~) but it is not installable',
        'payload-c : Depends: no-such-thing (>= 3) but it is not installable',
      ].join('\n'),
    );
    expect(failedSimulationReason('text\nE: Unable to locate package x\n')).toBe(
      'E: Unable to locate package x',
    );
    expect(failedSimulationReason('something else\n')).toBe('something else');
  });
});
