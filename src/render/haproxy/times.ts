/**
 * Formats a time in milliseconds, haproxy's default unit. haproxy 3.1 and later warn about a number below 100 without a
 * unit.
 */
export const milliseconds = (time: number): string => (time < 100 ? `${time}ms` : `${time}`);
