const VALID = 'Configuration file is valid';

/**
 * Returns the output of `haproxy -c` for a configuration that it accepts: warnings, then the verdict as the last line.
 * haproxy 3.0 and later print no verdict, so it is added.
 */
export const withVerdict = (output: string): string =>
  output.includes(VALID) ? output : `${output}${VALID}\n`;
