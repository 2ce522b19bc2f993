import { answers, rate, start, unpaged } from './measured-answers.ts';
import { beats, beatsAtRest, idle } from './measured-cpu.ts';
import { check, reload, upload } from './measured-haproxy.ts';
import { plugNetwork, plugVipAgain } from './measured-plugs.ts';
import { tlsCache } from './measured-tls-cache.ts';
import type { Measurement } from './measurement.ts';

/** The measurements in the order of a round. The first one restarts the agents. */
export const MEASUREMENTS: readonly Measurement[] = [
  unpaged,
  start,
  answers,
  rate,
  upload,
  tlsCache,
  reload,
  plugVipAgain,
  plugNetwork,
  check,
  idle,
  beatsAtRest,
  beats,
];
