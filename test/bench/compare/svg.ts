/** Attributes of every text in a chart. */
export const TEXT = 'font-family="sans-serif" font-size="13"';
export const INK = '#222';

/** A white picture with its title above the elements (SVG 1.1). @param titleX where the title begins */
export function picture(
  { width, height, title, titleX }: { width: number; height: number; title: string; titleX: number },
  elements: readonly string[],
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="${title}">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${titleX}" y="20" ${TEXT} fill="${INK}">${title}</text>
${elements.join('\n')}
</svg>
`;
}
