import {
  type CaptureSettings,
  type ClientConnection,
  capturePlace,
  withoutConnection,
} from '../../domain/capture/capture-settings.ts';
import { Busy, InvalidInput } from '../../errors.ts';
import type { RunningCapture } from '../../host/network/capture-process.ts';
import type { OperationContext } from '../context.ts';

type CaptureContext = Pick<OperationContext, 'host' | 'logger' | 'underWay'>;

/**
 * Begins a capture, if no other one runs. Resolves once tcpdump captures.
 * @param connection the connection over which the packets are sent; undefined: none over a network
 * @throws Busy, InvalidInput, NotInstalled, CommandFailed
 */
export async function beginCapture(
  context: CaptureContext,
  settings: CaptureSettings,
  connection: ClientConnection | undefined,
): Promise<RunningCapture> {
  const { logger, underWay } = context;
  if (underWay.captureUntil !== undefined) throw new Busy('a capture', secondsUntil(underWay.captureUntil));
  underWay.captureUntil = Date.now() + settings.seconds * 1000;
  try {
    const capture = await begin(context, settings, connection);
    logger.info({ capture: settings }, 'capture begun');
    void capture.ended.then((end) => {
      underWay.captureUntil = undefined;
      logger.info({ capture: settings, ...end }, 'capture ended');
    });
    return capture;
  } catch (error) {
    underWay.captureUntil = undefined;
    throw error;
  }
}

const secondsUntil = (time: number): number => Math.max(1, Math.ceil((time - Date.now()) / 1000));

async function begin(
  { host }: CaptureContext,
  settings: CaptureSettings,
  connection: ClientConnection | undefined,
): Promise<RunningCapture> {
  const { interfaceName, filter } = settings;
  const fault = await host.capture.filterFault(filter);
  if (fault !== undefined) {
    throw new InvalidInput('request', `filter: ${fault} (the syntax is that of pcap-filter)`);
  }
  const [inside, outside] = await Promise.all([host.network.links(), host.network.outerLinks()]);
  const [insideNames, outsideNames] = [inside, outside].map((links) => links.map(({ name }) => name));
  const place = capturePlace(interfaceName, insideNames ?? [], outsideNames ?? []);
  if (place === undefined) {
    throw new InvalidInput(
      'request',
      `interface: must be one of ${named(insideNames)} (load balancers), ${named(outsideNames)} (management)`,
    );
  }
  const sent =
    place === 'inside' || connection === undefined ? filter : withoutConnection(filter, connection);
  return host.capture.begin({ ...settings, filter: sent }, place);
}

const named = (names: readonly string[] = []): string => (names.length === 0 ? 'none' : names.join(', '));
