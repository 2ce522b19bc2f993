import { z } from 'zod';

/** The results of the driver's calls: a status, or the name and message of the error. */
const said = z.record(z.string(), z.union([z.number(), z.string()]));
const snapshot = z.object({
  haproxy: z.object({ master: z.string(), worker: z.number() }),
  keepalived: z.object({ main: z.string(), children: z.string() }),
  network: z.array(z.string()),
  files: z.record(z.string(), z.string()),
});
const counters = z.object({ tx: z.number(), rx: z.number(), ereq: z.number(), totconns: z.number() });
const message = z.looseObject({
  id: z.string(),
  seq: z.number(),
  ver: z.number(),
  listeners: z.record(z.string(), z.object({ status: z.string(), stats: counters.loose() })),
  pools: z.record(z.string(), z.object({ status: z.string(), members: z.record(z.string(), z.string()) })),
});
/** The heartbeats of one agent as Octavia's own code reads them; null for one that it refuses. */
const heard = z.array(message.nullable());

/** The findings of takeover-scenario.ts. */
export const takeoverFindings = z.object({
  /** the major version of Debian's octavia-agent */
  octavia: z.number(),
  model: z.object({ listener: z.string(), pool: z.string(), members: z.array(z.string()) }),
  built: said,
  before: snapshot,
  after: snapshot,
  /** sums of Debian's agent, then of ours, up to the first reload */
  heard: z.array(heard),
  /** haproxy's own total at that moment */
  total: counters,
  /** process ids of the DHCP client, before and after */
  dhcp: z.array(z.string()),
  /** after our `amphora-interface up all`, as at a boot, without the script that the other agent's files name */
  boot: z.object({ output: z.string(), before: z.string(), after: z.string(), own: z.string() }),
  reload: z.object({ said, sameMaster: z.boolean(), sameWorker: z.boolean(), masterSocket: z.boolean() }),
  bindConflict: z.object({ status: z.number(), body: z.string(), served: z.boolean() }),
  upload: z.object({ said, answers: z.array(z.string().optional()) }),
  restart: z.object({ said, masterSocket: z.boolean(), answer: z.string().optional() }),
  networks: z.object({ said, addresses: z.string() }),
  vrrp: z.object({ said, sameMain: z.boolean() }),
  back: z.object({
    said,
    /** the output of `amphora-interface up all` of Debian's agent; with Octavia 11 a second one, after the command in docs/takeover.md */
    boots: z.array(z.string()),
    heard,
    sameMaster: z.boolean(),
  }),
  forth: z.object({
    said,
    /** content of haproxy's state file before and after the takeover, and the members' ports once another port was uploaded and haproxy crashed */
    states: z.object({ theirs: z.string(), ours: z.string(), ports: z.array(z.string()) }),
    heard,
    unit: z.string(),
    files: z.array(z.string()),
  }),
});
export type TakeoverFindings = z.infer<typeof takeoverFindings>;
export type Snapshot = z.infer<typeof snapshot>;
