import type { PackageChange } from './package-plan.ts';

/** The upgrade under way, or the last one, as the status shows it. Times are in ISO 8601, UTC. */
export interface LastUpgrade {
  readonly id: string;
  readonly phase: string;
  /** null: under way; returned: the former packages are installed again; failed: neither is complete */
  readonly result: 'succeeded' | 'returned' | 'failed' | null;
  /** why it did not succeed */
  readonly reason: string | null;
  readonly requested_at: string;
  readonly ended_at: string | null;
  readonly packages: readonly PackageChange[];
}

/** Returns the reason against readiness that an upgrade leaves; none unless it failed. */
export const upgradeReasons = (upgrade: LastUpgrade | undefined): string[] =>
  upgrade?.result === 'failed'
    ? [
        `upgrade ${upgrade.id} failed and the former packages are not complete either: ${upgrade.reason ?? 'no reason is known'}; read GET /upgrade and the log of amphora-upgrade.service, and fail the amphora over`,
      ]
    : [];

/** Returns the note about an upgrade under way; none otherwise. */
export const upgradeNotes = (upgrade: LastUpgrade | undefined): string[] =>
  upgrade?.result === null ? [`upgrade ${upgrade.id} is under way: ${upgrade.phase}`] : [];

/** Returns the state of an upgrade for a person: `returned 2026-11-29T…: no heartbeat`. */
export function upgradeText({ result, phase, requested_at, ended_at, reason }: LastUpgrade): string {
  if (result === null) return `under way since ${requested_at} (${phase})`;
  return `${result} ${ended_at ?? ''}${reason === null ? '' : `: ${reason}`}`;
}

/** Returns a changed package for a person: `haproxy 2.6-1 → 2.6-2`. */
export const changeText = ({ name, from, to }: PackageChange): string => `${name} ${from ?? 'none'} → ${to}`;

/** Returns the lines about the last upgrade in the text of the status; none without one. */
export const upgradeLines = (upgrade: LastUpgrade | null): string[] =>
  upgrade === null
    ? []
    : [
        `upgrade ${upgrade.id}: ${upgradeText(upgrade)}`,
        ...upgrade.packages.map((one) => `  ${changeText(one)}`),
      ];
