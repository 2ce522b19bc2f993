/**
 * What `keepalived --config-test` says of configurations that are fine: on a machine that isn't the amphora they are for,
 * and of members that are all drained.
 */
const HARMLESS = [
  /WARNING - interface \S+ for .* doesn't exist$/,
  /^Non-existent interface specified in configuration$/,
  /^Disabling track script \S+ (?:since not found\/accessible|due to insecure)$/,
  /^Warning - quorum 1 for \S+ exceeds total weight of real servers 0, reducing quorum to 0$/,
  /^Virtual server \S+: hysteresis 0 >= quorum 0; setting hysteresis to \d+$/,
];

const REFUSED_SCRIPT = /^Disabling \S+ script .* due to insecure$/m;

/** Whether keepalived said that it won't run a script of a configuration, since others than root may change it. */
export const isScriptRefused = (output: string): boolean => REFUSED_SCRIPT.test(output);

/** What keepalived printed of a configuration, without what is no fault. */
export const keepalivedComplaints = (output: string): string[] =>
  output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !HARMLESS.some((pattern) => pattern.test(line)));
