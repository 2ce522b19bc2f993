import type { IncomingMessage, ServerResponse } from 'node:http';
import { RECEIVING, STILL_REMOVING, underWay } from '../../../src/domain/upgrade/passing-refusals.ts';

/**
 * What goes wrong with a simulated amphora. `vanishes`: it answers nothing after it has accepted
 * the bundle. `begins late`: it closes the connection when it has the bundle, and begins nevertheless.
 * `still removes`: it refuses the bundle because of its last upgrade, as often as `removals` says.
 */
export type SimulatedFault =
  | 'none'
  | 'not ready'
  | 'refuses'
  | 'returns'
  | 'not ready after'
  | 'not ready later'
  | 'errors after'
  | 'VIP moves'
  | 'errors later'
  | 'vanishes'
  | 'begins late'
  | 'still removes'
  | 'old agent';

export interface SimulatedSettings {
  readonly id: string;
  readonly loadBalancer: string;
  readonly holdsVip: boolean;
  readonly fault: SimulatedFault;
  /** time of an upgrade */
  readonly upgradeMs: number;
  /** number of listeners, each with a pool of ten members; default: 1 */
  readonly listeners?: number;
  /** the answers of the status after which the VIP moves to or from it, each time; default: never */
  readonly movesAfter?: number;
}

/** Hears when an upgrade of an amphora begins and ends. */
export interface UpgradeWatch {
  begin(amphora: string): void;
  end(amphora: string): void;
}

type Record = Readonly<{
  id: string;
  phase: string;
  result: 'succeeded' | 'returned' | null;
  reason: string | null;
  requested_at: string;
  ended_at: string | null;
  packages: readonly { name: string; from: string | null; to: string }[];
}>;

/** The answer of an agent to a path that it does not know. */
const NOT_FOUND = { error: '404 Not Found: The requested URL was not found', http_code: 404 };

const LATE_MS = 200;

/** The comparison right after an upgrade looks twice. A later fault shows from the next look on. */
const LATER = 2;

/** Sessions a second of an amphora with the VIP. */
const TRAFFIC = 50;
const SLOTS = 120;
const MEMBERS = 10;

/** The part of an agent's API that a fleet uses, with an upgrade that changes a version. */
export class SimulatedAmphora {
  readonly settings: SimulatedSettings;
  /** a test may mend or break it */
  fault: SimulatedFault;
  version = '2.6.12-1';
  /** POST requests that it accepted */
  accepted = 0;
  /** the time in which it checks a bundle whose sender has gone */
  lateMs = LATE_MS;
  /** with the fault `still removes`: the requests that it refuses */
  removals = Number.POSITIVE_INFINITY;
  /** it checks a bundle whose sender has gone */
  isReceiving = false;
  /** it does not know its last upgrade any more, as if the file of it were damaged */
  forgetsUpgrade = false;
  /** the answers with the status after the first one wait for this */
  holdStatus: Promise<void> = Promise.resolve();
  private mostMoves = Number.POSITIVE_INFINITY;
  /** answers with the status */
  private statuses = 0;
  /** answers with statistics since its upgrade */
  private looks = 0;
  /** bytes of the last body */
  received = 0;
  /** id of the bundle that is sent */
  bundle = '';
  private upgrade: Record | null = null;
  private readonly watch: UpgradeWatch;
  private readonly started = Date.now();

  constructor(settings: SimulatedSettings, watch: UpgradeWatch) {
    this.settings = settings;
    this.fault = settings.fault;
    this.watch = watch;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.fault === 'vanishes' && this.accepted > 0) return void request.socket.destroy();
    const path = (request.url ?? '').replace(/\?.*/, '');
    const json = (body: unknown, status = 200): void => {
      const text = JSON.stringify(body);
      response
        .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        .end(text);
    };
    if (request.method === 'POST' && path === '/upgrade') return this.receive(request, json);
    if (path === '/diagnostics') return void response.end(`archive of ${this.settings.id}`);
    if (path === '/readyz') {
      const [status, text] = this.isReady ? [200, 'ready'] : [503, 'keepalived is down'];
      return void response.writeHead(status).end(`${text}\n`);
    }
    if (path === '/status.json' && this.statuses > 0) await this.holdStatus;
    const body = this.facts(path);
    json(body ?? NOT_FOUND, body === undefined ? 404 : 200);
  }

  private facts(path: string): object | undefined {
    if (path === '/status.json') return this.status();
    if (path === '/statistics') return this.statistics();
    if (path === '/drift')
      return { mode: 'report', checked_at: '2026-11-28T11:59:00.000Z', items: [], unseen: [] };
    if (path === '/upgrade' && this.fault !== 'old agent')
      return { enabled: true, upgrade: this.shownUpgrade };
    return undefined;
  }

  /** Limits how often its VIP moves. */
  limitMoves(count: number): void {
    this.mostMoves = count;
  }

  /** whether it has the VIP now */
  private get holdsVip(): boolean {
    const { holdsVip, movesAfter } = this.settings;
    if (this.fault === 'VIP moves' && this.isUpgraded) return !holdsVip;
    const moves = movesAfter === undefined ? 0 : Math.floor((this.statuses - 1) / movesAfter);
    return Math.min(moves, this.mostMoves) % 2 === 0 ? holdsVip : !holdsVip;
  }

  private get shownUpgrade(): Record | null {
    return this.forgetsUpgrade ? null : this.upgrade;
  }

  private get isUpgraded(): boolean {
    return this.upgrade?.result === 'succeeded';
  }

  private get isReady(): boolean {
    const { fault } = this;
    if (fault === 'not ready later') return this.looks <= LATER;
    return fault !== 'not ready' && !(fault === 'not ready after' && this.isUpgraded);
  }

  private async receive(
    request: IncomingMessage,
    json: (body: unknown, status?: number) => void,
  ): Promise<void> {
    const isTrial = (request.url ?? '').includes('dry_run=true');
    if (this.fault === 'old agent') return json(NOT_FOUND, 404);
    if (this.fault === 'refuses') {
      return json({ message: 'Upgrade refused', details: 'the disk of /var has 1 MiB left' }, 409);
    }
    if (this.isReceiving) {
      return json({ message: 'Upgrade refused', details: `${RECEIVING}: wait` }, 409);
    }
    if (this.fault === 'still removes' && this.removals > 0) {
      this.removals -= 1;
      return json({ message: 'Upgrade refused', details: `${STILL_REMOVING}: wait` }, 409);
    }
    if (this.isUpgraded)
      return json({ message: 'Upgrade refused', details: 'nothing to do: it has them' }, 409);
    if (this.upgrade?.result === null) {
      return json({ message: 'Upgrade refused', details: underWay(this.upgrade.id) }, 409);
    }
    let bytes = 0;
    for await (const part of request) bytes += part.length;
    this.received = bytes;
    if (isTrial) return json({ id: this.bundle, packages: [] });
    if (this.fault === 'begins late') {
      this.isReceiving = true;
      request.socket.destroy();
      setTimeout(() => {
        this.isReceiving = false;
        this.begin(this.bundle);
      }, this.lateMs).unref();
      return;
    }
    this.begin(this.bundle);
    json({ enabled: true, upgrade: this.upgrade }, 202);
  }

  private begin(id: string): void {
    const { settings, watch } = this;
    this.accepted += 1;
    watch.begin(settings.id);
    const packages = [{ name: 'haproxy', from: '2.6.12-1', to: '2.6.12-2' }];
    const begun: Record = {
      ...{ id, phase: 'installing', result: null, reason: null, requested_at: new Date().toISOString() },
      ...{ ended_at: null, packages },
    };
    this.upgrade = begun;
    setTimeout(() => {
      const ended = { ...begun, phase: 'probing', ended_at: new Date().toISOString() };
      if (this.fault === 'returns')
        this.upgrade = { ...ended, phase: 'returning', result: 'returned', reason: 'no heartbeat was sent' };
      else {
        this.upgrade = { ...ended, result: 'succeeded' };
        this.version = '2.6.12-2';
      }
      watch.end(settings.id);
    }, settings.upgradeMs).unref();
  }

  private listenerIds(): string[] {
    const { loadBalancer, listeners = 1 } = this.settings;
    return Array.from({ length: listeners }, (_, index) => `lsn-${loadBalancer}-${index}`);
  }

  private status(): object {
    this.statuses += 1;
    const { holdsVip } = this;
    const { id, loadBalancer } = this.settings;
    const listeners = this.listenerIds().map((listener) => ({
      ...{ id: listener, status: 'OPEN', connections: holdsVip ? 5 : 0 },
      traffic: { sessions: Array.from({ length: SLOTS }, () => (holdsVip ? TRAFFIC : 0)) },
    }));
    const pools = listeners.map((listener) => ({
      ...{ id: `pool-${listener.id}`, listener: listener.id, status: 'UP' },
      members: Array.from({ length: MEMBERS }, (_, index) => ({ id: `member-${index}`, status: 'UP' })),
    }));
    return {
      ...{ amphora: id, hostname: 'simulated', time: new Date().toISOString() },
      versions: { agent: '0.2.0', haproxy: this.version, keepalived: '2.2.7' },
      uptime_seconds: 100,
      ready: this.isReady,
      reasons: this.isReady ? [] : ['keepalived is down'],
      notes: [],
      vips: [{ address: '10.0.1.100', holder: holdsVip ? 'this amphora' : 'the peer', interface: null }],
      vrrp: [{ instance: 'vi', peers: ['10.0.1.6'] }],
      load_balancers: [{ id: loadBalancer, state: 'serves', vips: ['10.0.1.100'], listeners, pools }],
      udp_and_sctp_listeners: [],
      certificates: [],
      reloads: { avoided: {}, needed: {}, recent: [] },
      heartbeats: { sent: 10, failed: 0, seconds_since_last: 1, interval_seconds: 10 },
      upgrade: this.shownUpgrade,
    };
  }

  private statistics(): object {
    const { holdsVip } = this;
    const { fault } = this;
    const { loadBalancer } = this.settings;
    const seconds = (Date.now() - this.started) / 1000 + 1000;
    const sessions = holdsVip ? Math.floor(seconds * TRAFFIC) : 0;
    if (this.isUpgraded) this.looks += 1;
    const isFaulty =
      this.isUpgraded && (fault === 'errors after' || (fault === 'errors later' && this.looks > LATER));
    const listeners = this.listenerIds().map((id) => ({
      ...{ id, status: 'OPEN', sessions: 1, session_rate: 1, sessions_total: sessions },
      ...{ bytes_in: 1, bytes_out: 1, errors: 0, connection_errors: 0 },
      responses_5xx: isFaulty ? sessions : 0,
    }));
    return {
      ...{ time: new Date().toISOString(), agent: { uptime_seconds: 100, memory_bytes: 1 } },
      load_balancers: [
        {
          id: loadBalancer,
          answers: true,
          worker: this.isUpgraded ? 2 : 1,
          listeners,
          members: [],
        },
      ],
      udp_and_sctp_listeners: [],
    };
  }
}
