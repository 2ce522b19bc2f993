const VALID = 'Configuration file is valid';

/**
 * The output of `haproxy -c` for a configuration that it accepts: warnings, and the verdict as the last line. haproxy 3.0 and
 * later leave the verdict out.
 */
export const withVerdict = (output: string): string =>
  output.includes(VALID) ? output : `${output}${VALID}\n`;
