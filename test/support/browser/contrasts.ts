import type { Page } from 'playwright-core';

/** The contrast of a text with its background (WCAG 2, success criterion 1.4.3). */
export interface Contrast {
  /** the beginning of the text */
  readonly text: string;
  /** 1 to 21 */
  readonly ratio: number;
}

/** Runs in the page, whose types the tests don't have. */
const SCRIPT = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) =>
      value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    if (element === null) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? backgroundOf(element.parentElement) : backgroundColor;
  };
  const hasText = ({ childNodes }) =>
    [...childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
  return [...document.querySelectorAll('body *')].filter(hasText).map((element) => {
    const one = luminance(getComputedStyle(element).color);
    const other = luminance(backgroundOf(element));
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return { text: element.textContent.trim().slice(0, 40), ratio };
  });
})()`;

/** Returns the contrast of each element that has a text of its own. */
export const contrasts = (page: Page): Promise<Contrast[]> => page.evaluate(SCRIPT);
