/** The name and version of a package of a bundle. */
export interface NamedPackage {
  readonly name: string;
  readonly version: string;
}

const INSTALLED = /^Inst (\S+?)(?::\S+)? (?:\[\S+\] )?\((\S+)/gm;
const REMOVED = /^(?:Remv|Purg) (\S+)/gm;

/**
 * Judges the output of `apt-get --simulate install` for the packages of a bundle.
 * @returns why the packages can't be installed; undefined when nothing but them changes
 */
export function simulationFault(output: string, packages: readonly NamedPackage[]): string | undefined {
  const removed = [...output.matchAll(REMOVED)].map(([, name = '']) => name);
  if (removed.length > 0) return `it would remove ${removed.join(', ')}`;
  const versions = new Map(packages.map(({ name, version }) => [name, version]));
  const others = [...output.matchAll(INSTALLED)]
    .filter(([, name = '', version = '']) => versions.get(name) !== version)
    .map(([, name = '', version = '']) => `${name} ${version}`);
  return others.length === 0 ? undefined : `it needs ${others.join(', ')}, which the bundle does not have`;
}

/** A dependency, as apt-get prints it: `·payload : Depends: other (>= 1) but it is not installable`. */
const UNMET = /^ +(?:\S+ : )?(?:Pre)?(?:Depends|Conflicts|Breaks): .+$/gm;
/** The most dependencies that a reason has. */
const MOST_UNMET = 10;
/** The most characters of other output that a reason has. */
const MOST_OUTPUT = 1000;

/** Returns the part of the output of a failed apt-get or dpkg that says why. */
export function failedSimulationReason(output: string): string {
  const unmet = [...output.matchAll(UNMET)].map(([line]) => line.trim());
  const errors = [...output.matchAll(/^(?:E: |dpkg: | +\S+ depends on ).*$/gm)].map(([line]) => line.trim());
  const lines = unmet.length > 0 ? unmet : errors;
  return (lines.slice(0, MOST_UNMET).join('\n') || output.trim()).slice(0, MOST_OUTPUT);
}
