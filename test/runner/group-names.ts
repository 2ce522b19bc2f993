/** The groups that npm test runs. */
export const GROUPS = ['lint', 'types', 'unit', 'integration', 'interop', 'systemd'] as const;
/**
 * Run only where they are named: `peer` is long, and about Octavia's agent as much as about ours; `image` boots
 * virtual machines from an image that was built before; `browser` needs Chromium, which is larger than all else.
 */
export const FURTHER_GROUPS = ['peer', 'image', 'browser'] as const;
export type Group = (typeof GROUPS | typeof FURTHER_GROUPS)[number];
