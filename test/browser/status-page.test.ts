import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { loadStatus, startBrowser } from '../support/browser/browser.ts';
import { contrasts } from '../support/browser/contrasts.ts';
import { sendTraffic, startStatusScene } from '../support/browser/status-scene.ts';
import { fixture } from '../support/fixture.ts';

/** The folder for screenshots; undefined when none are taken. */
const SCREENSHOTS = process.env['AMPHORA_AGENT_SCREENSHOTS'];
const WIDTHS = { wide: 1024, narrow: 360 } as const;
const SCHEMES = ['light', 'dark'] as const;
/** The lines of the traffic need some minutes to show more than a dot. */
const TRAFFIC_MS = 150_000;

const scene = fixture(startStatusScene, ({ close }) => close());
const browser = fixture<Browser>(startBrowser, (started) => started.close());
const status = async () => JSON.parse((await scene.ask('GET', '/status.json')).body);

describe('the status page in Chromium', () => {
  it('is reached with a client certificate, asks for nothing else and breaks no rule of its policy', async () => {
    await expect.poll(async () => (await status()).attention.length).toBeGreaterThanOrEqual(4);
    const { page, complaints, requested, url, close } = await loadStatus(browser, scene);
    expect(await page.title()).toBe(`not ready: amphora ${scene.amphora.id}`);
    expect(complaints).toEqual([]);
    expect(new Set(requested)).toEqual(new Set([url]));
    await close();
  });

  it('shows the staged faults at its beginning, without scripts', async () => {
    const { page, close } = await loadStatus(browser, scene, { javaScriptEnabled: false });
    const [verdict, attention] = await page.locator('section.verdict').allInnerTexts();
    expect(verdict).toMatch(/^✗ Not ready/);
    expect(verdict).toContain(`haproxy of load balancer ${scene.hung.id} runs but does not answer`);
    expect(verdict).toContain('shop.pem expired on 2021-01-01');
    expect(attention).toContain(
      `pool ${scene.dark.poolId} of listener ${scene.dark.listenerId} has no member`,
    );
    expect(attention).toMatch(
      new RegExp(`member ${scene.refusing} .* is down for .*: L4CON, .*Connection refused`),
    );
    expect(attention).toMatch(new RegExp(`member ${scene.hostile} .* is down for .*: L7STS`));
    const text = await page.locator('main').innerText();
    expect(text).toContain(`Load balancer ${scene.stopped.id}: ○ stopped`);
    expect(text).toContain('✓ MASTER');
    expect(text).toMatch(/avoided \(members\)[\s\S]*done \(other lines\)/);
    await close();
  });

  it('has headings in order, headers of its tables, and names of its pictures', async () => {
    const { page, close } = await loadStatus(browser, scene);
    const levels = await page.locator('h1, h2, h3').evaluateAll((all) => all.map(({ tagName }) => tagName));
    expect(levels.filter((level) => level === 'H1')).toEqual(['H1']);
    expect(levels[0]).toBe('H1');
    const headings = await page.getByRole('heading', { level: 2 }).allInnerTexts();
    for (const name of ['VIPs', 'Heartbeats', 'Reloads', 'Certificates']) expect(headings).toContain(name);
    expect(await page.locator('table:not(:has(thead th[scope=col]))').count()).toBe(0);
    expect(await page.getByRole('img', { name: /a second in the last 10 minutes/ }).count()).toBeGreaterThan(
      0,
    );
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await close();
  });

  it('shows the text of a hostile member as text', async () => {
    const { page, close } = await loadStatus(browser, scene);
    const row = page.locator('tr', { hasText: scene.hostile });
    // on a busy machine a check of this member may run out of time, and the next one has its status again
    await expect.poll(() => page.reload().then(() => row.innerText())).toContain('503');
    expect(await page.title()).toContain('not ready');
    expect(await page.locator('script, img, iframe, link').count()).toBe(0);
    await close();
  });

  it.each(SCHEMES)('is readable in a %s scheme', async (colorScheme) => {
    const { page, close } = await loadStatus(browser, scene, { colorScheme });
    const ratios = await contrasts(page);
    expect(ratios.length).toBeGreaterThan(50);
    expect(ratios.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
    const isDark = await page.evaluate(
      "getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'",
    );
    expect(isDark).toBe(colorScheme === 'dark');
    await close();
  });

  it.each(Object.entries(WIDTHS))('needs no horizontal scrolling on a %s screen', async (_name, width) => {
    const { page, close } = await loadStatus(browser, scene, { viewport: { width, height: 800 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await close();
  });
});

/** Only `npm run screenshots` registers this, so that no test is skipped otherwise. */
const takeScreenshots = (directory: string): void => {
  it('are taken in each scheme on each screen', { timeout: 2 * TRAFFIC_MS }, async () => {
    await mkdir(directory, { recursive: true });
    const end = performance.now() + TRAFFIC_MS;
    for (let round = 1; performance.now() < end; round += 1) await sendTraffic(scene, 1 + (round % 7));
    for (const colorScheme of SCHEMES) {
      for (const [name, width] of Object.entries(WIDTHS)) {
        const { page, close } = await loadStatus(browser, scene, {
          colorScheme,
          viewport: { width, height: 720 },
        });
        await page.screenshot({ path: path.join(directory, `status-${colorScheme}-${name}.png`) });
        const section = page.locator('section', { hasText: scene.refusing }).last();
        if (name === 'wide')
          await section.screenshot({ path: path.join(directory, `load-balancer-${colorScheme}.png`) });
        await close();
      }
    }
  });
};

if (SCREENSHOTS !== undefined) takeScreenshots(path.resolve(SCREENSHOTS));
