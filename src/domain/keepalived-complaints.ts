/** What `keepalived --config-test` says of every configuration on a machine that isn't the amphora it is for. */
const OF_THE_MACHINE = [
  /WARNING - interface \S+ for .* doesn't exist$/,
  /^Non-existent interface specified in configuration$/,
  /^Disabling track script \S+ (?:since not found\/accessible|due to insecure)$/,
];

/** What keepalived printed of a configuration, without what it only says because of the machine that it runs on. */
export const keepalivedComplaints = (output: string): string[] =>
  output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !OF_THE_MACHINE.some((pattern) => pattern.test(line)));
