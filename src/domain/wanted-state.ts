/** What a controller's last order wants of a service: a start or a reload, or a stop or a deletion. */
export type WantedState = 'running' | 'stopped';

/** @returns undefined for any other value */
export const wantedStateIn = (value: unknown): WantedState | undefined =>
  value === 'running' || value === 'stopped' ? value : undefined;
