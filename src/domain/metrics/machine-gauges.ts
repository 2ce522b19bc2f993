/** Processor time since boot, in jiffies over all processors. */
export interface ProcessorTime {
  readonly busy: number;
  readonly total: number;
}

/** user nice system idle iowait irq softirq steal. The guest times behind them are already part of user and nice. */
const COUNTED_FIELDS = 8;
const IDLE = 3;
const WAITING_FOR_DISK = 4;

/** Reads the first line of /proc/stat (proc(5)). */
export function parseProcessorTime(stat: string): ProcessorTime {
  const [, ...words] = (stat.split('\n', 1)[0] ?? '').trim().split(/\s+/);
  const fields = words.slice(0, COUNTED_FIELDS).map((word) => Number(word) || 0);
  const total = fields.reduce((sum, field) => sum + field, 0);
  return { total, busy: total - (fields[IDLE] ?? 0) - (fields[WAITING_FOR_DISK] ?? 0) };
}

/** Returns the share of time between two moments in which the processors worked, in per cent from 0 to 100. */
export function processorUse(before: ProcessorTime, now: ProcessorTime): number {
  return share(now.busy - before.busy, now.total - before.total);
}

/** Returns the share of memory that is unavailable to programs, in per cent from 0 to 100 (proc(5), MemAvailable). */
export function memoryUse(meminfo: string): number {
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0);
  const total = kib('MemTotal');
  return share(total - kib('MemAvailable'), total);
}

/** Returns the two gauges that haproxy doesn't have, in Prometheus's exposition format. */
export function machineGauges(percent: { readonly processor: number; readonly memory: number }): string {
  return (
    gauge(
      'octavia_loadbalancer_cpu',
      'Processor time that the load balancer uses, in per cent.',
      percent.processor,
    ) +
    gauge('octavia_loadbalancer_memory', 'Memory that the load balancer uses, in per cent.', percent.memory)
  );
}

const gauge = (name: string, help: string, value: number): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value.toFixed(1)}\n`;

/** Returns a share in per cent. iowait may go down (proc(5)), so that a part may seem negative. */
function share(part: number, whole: number): number {
  if (whole <= 0) return 0;
  return Math.min(Math.max((part / whole) * 100, 0), 100);
}
