import * as z from 'zod';

/**
 * The phases of an upgrade, in their order. `returning` comes instead of the next one after a failure. An upgrade that was
 * interrupted before its end goes back, too.
 */
export const UPGRADE_PHASES = [
  'accepted',
  'keeping',
  'installing',
  'checking',
  'reloading',
  'restarting',
  'probing',
  'returning',
] as const;
export type UpgradePhase = (typeof UPGRADE_PHASES)[number];

const time = z.iso.datetime();

const upgradeStep = z.object({
  phase: z.enum(UPGRADE_PHASES),
  began_at: time,
  ended_at: time.nullable(),
});

/** One upgrade, as GET /upgrade shows it, and as it is kept on disk. */
export const upgradeRecord = z.object({
  /** the first 16 hexadecimal digits of the sha256 of the bundle's manifest */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  phase: z.enum(UPGRADE_PHASES),
  result: z
    .enum(['succeeded', 'returned', 'failed'])
    .nullable()
    .describe(
      'null: under way; returned: the former packages are installed again; failed: neither is complete',
    ),
  reason: z.string().nullable().describe('why it did not succeed'),
  requested_at: time,
  requested_by: z.object({ subject: z.string(), serial: z.string() }),
  ended_at: time.nullable(),
  packages: z.array(
    z.object({
      name: z.string(),
      from: z.string().nullable().describe('version that was installed; null: none'),
      to: z.string(),
    }),
  ),
  steps: z.array(upgradeStep),
});
export type UpgradeRecord = z.infer<typeof upgradeRecord>;

/** The part of a record that GET /status.json has. */
export const lastUpgrade = upgradeRecord.pick({
  ...{ id: true, phase: true, result: true, reason: true },
  ...{ requested_at: true, ended_at: true, packages: true },
});

/** GET /upgrade, and the answer to POST /upgrade. */
export const upgradeAnswer = z.object({
  enabled: z.boolean().describe('whether the amphora has the public key of bundles'),
  upgrade: upgradeRecord.nullable().describe('the upgrade under way, or the last one'),
});

/** GET /upgrade/history. */
export const upgradeHistoryAnswer = z.object({
  upgrades: z.array(upgradeRecord).describe('the newest first'),
});

/** The answer to a dry run of POST /upgrade: what the bundle would install. */
export const upgradeTrialAnswer = z.object({
  id: upgradeRecord.shape.id,
  expires: time,
  packages: upgradeRecord.shape.packages,
});

/** Parses the file of the upgrade under way, or of the last one. @throws SyntaxError, z.ZodError */
export const parseUpgradeRecord = (text: string): UpgradeRecord => upgradeRecord.parse(JSON.parse(text));

/** Parses the file of the ended upgrades, the newest first. @throws SyntaxError, z.ZodError */
export const parseUpgradeHistory = (text: string): UpgradeRecord[] =>
  upgradeHistoryAnswer.parse(JSON.parse(text)).upgrades;
