/** A time in milliseconds, haproxy's default unit. haproxy 3.1 and later warn of a number below 100 that has no unit. */
export const milliseconds = (time: number): string => (time < 100 ? `${time}ms` : `${time}`);
