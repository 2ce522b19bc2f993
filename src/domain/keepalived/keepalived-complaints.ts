/**
 * Complaints of `keepalived --config-test` about correct configurations: on a machine that isn't the amphora of the
 * configuration, or when every member is drained.
 */
const HARMLESS = [
  /WARNING - interface \S+ for .* doesn't exist$/,
  /^Non-existent interface specified in configuration$/,
  /^Disabling track script \S+ (?:since not found\/accessible|due to insecure)$/,
  /^Warning - quorum 1 for \S+ exceeds total weight of real servers 0, reducing quorum to 0$/,
  /^Virtual server \S+: hysteresis 0 >= quorum 0; setting hysteresis to \d+$/,
];

const REFUSED_SCRIPT = /^Disabling \S+ script .* due to insecure$/m;

/** Whether keepalived refused to run a script of a configuration because users other than root can change the script. */
export const isScriptRefused = (output: string): boolean => REFUSED_SCRIPT.test(output);

/** Returns the output of keepalived about a configuration without the harmless complaints. */
export const keepalivedComplaints = (output: string): string[] =>
  output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !HARMLESS.some((pattern) => pattern.test(line)));
