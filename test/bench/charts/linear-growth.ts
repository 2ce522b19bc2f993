/** What is measured of one size. */
export interface SizeFigures {
  readonly listeners: number;
  readonly members: number;
  /** ms, until the answer to an upload */
  readonly uploadMs: number;
  /** CPU of one heartbeat, ms */
  readonly beatMs: number;
  /** of its datagram */
  readonly beatBytes: number;
  /** memory of the agent, MiB (PSS) */
  readonly memoryMiB: number;
}

/** What may grow with the number of listeners. */
export const GROWING = {
  uploadMs: 'time of an upload',
  beatMs: 'CPU of a heartbeat',
  beatBytes: 'size of a heartbeat',
  memoryMiB: 'memory',
} as const satisfies Partial<Readonly<Record<keyof SizeFigures, string>>>;

/** Measured figures of a machine that does other work too are that uncertain. */
const TOLERANCE = 1.3;

/** What grows faster than the number of listeners from one size to the next, a text each. @param sizes smallest first */
export function fasterThanLinear(sizes: readonly SizeFigures[]): string[] {
  return sizes.slice(1).flatMap((size, index) => {
    const smaller = sizes[index];
    if (smaller === undefined) return [];
    const limit = (size.listeners / smaller.listeners) * TOLERANCE;
    return Object.entries(GROWING).flatMap(([key, what]) => {
      const figure = key as keyof typeof GROWING;
      const times = size[figure] / smaller[figure];
      if (times <= limit) return [];
      return [`${what}: ${times.toFixed(1)} times from ${smaller.listeners} to ${size.listeners} listeners`];
    });
  });
}
