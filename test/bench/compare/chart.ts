import type { Verdict } from './rows.ts';
import { INK, picture, TEXT } from './svg.ts';
import { figureText, targetText } from './table.ts';

const WIDTH = 900;
const LABEL_WIDTH = 400;
const BAR_WIDTH = 340;
const ROW_HEIGHT = 26;
const TOP = 34;

/** A bar a row: how much of the Python agent's figure ours is, where the target is and whether it is reached (SVG 1.1). */
export function comparisonChart(verdicts: readonly Verdict[]): string {
  const height = TOP + verdicts.length * ROW_HEIGHT + 10;
  const rows = verdicts.map((verdict, index) => rowOf(verdict, TOP + index * ROW_HEIGHT));
  const title = 'amphora-agent as a part of octavia-agent; the line is the target';
  return picture({ width: WIDTH, height, title, titleX: LABEL_WIDTH }, rows);
}

function rowOf({ what, ratio, target, isReached }: Verdict, y: number): string {
  // where more is better, the bar is the Python agent's part of ours
  const [part, limit] = 'atMost' in target ? [ratio, target.atMost] : [1 / ratio, 1 / target.atLeast];
  const line = LABEL_WIDTH + limit * BAR_WIDTH;
  const colour = isReached ? '#2a7f5f' : '#b3542d';
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${y + 15}" text-anchor="end" ${TEXT} fill="${INK}">${escaped(what)}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${BAR_WIDTH}" height="16" fill="#e8e8e8"/>`,
    `<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${(Math.min(1, part) * BAR_WIDTH).toFixed(1)}" height="16" fill="${colour}"/>`,
    `<line x1="${line.toFixed(1)}" x2="${line.toFixed(1)}" y1="${y}" y2="${y + 22}" stroke="${INK}" stroke-width="2"/>`,
    `<text x="${LABEL_WIDTH + BAR_WIDTH + 8}" y="${y + 15}" ${TEXT} fill="${INK}">${figureText(ratio)} (${escaped(targetText(target))})</text>`,
  ].join('');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
