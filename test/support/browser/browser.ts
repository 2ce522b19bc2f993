import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { StatusScene } from './status-scene.ts';

/** Debian's Chromium. playwright-core brings no browser and downloads none. */
const CHROMIUM = '/usr/bin/chromium';

/** Starts Chromium without its own sandbox, which root can't use. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    // without colours at the edges of letters, a screenshot takes half the bytes
    args: ['--no-sandbox', '--disable-gpu', '--disable-lcd-text', '--font-render-hinting=none'],
  });

/** A page that was loaded, and what the browser complained about. */
export interface LoadedPage {
  readonly page: Page;
  /** messages of the console (refusals of the content security policy among them) and errors of the page */
  readonly complaints: readonly string[];
  /** URLs of all requests */
  readonly requested: readonly string[];
  readonly url: string;
  close(): Promise<void>;
}

/** Loads the status page of an amphora with the controller's certificate. */
export async function loadStatus(
  browser: Browser,
  { world, amphora }: StatusScene,
  options: BrowserContextOptions = {},
): Promise<LoadedPage> {
  const origin = `https://${amphora.address}:${amphora.port}`;
  const [certPath, keyPath] = [world.pki.client, world.pki.client];
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, clientCertificates: [{ origin, certPath, keyPath }] },
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requested.push(request.url()));
  const url = `${origin}/status`;
  const answer = await page.goto(url);
  if (answer?.status() !== 200) throw new Error(`${url}: ${answer?.status()}`);
  return { page, complaints, requested, url, close: () => context.close() };
}
