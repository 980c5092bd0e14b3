// What a person sees of the console, in headless Chromium: the list, a study with its pictures, destinations and what waits, by day and in a dark room.
// Screenshots are kept in var/browser-tests, for people.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { NodeProcess } from '../../src/demo/node-process.ts';
import { type ChoosyArchive, startChoosyArchive } from '../support/choosy-archive.ts';
import { CONSOLE_ON, makeUser, PASSWORD, USER } from '../support/console.ts';
import { dcmsend, smallExamination } from '../support/examination.ts';
import { type NodeUnderTest, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';

const SCREENSHOTS = path.join(ROOT, 'var/browser-tests');
const CHROMIUM = '/usr/bin/chromium';
const SCHEMES = ['dark', 'light'] as const;

let archive: ChoosyArchive;
let place: NodeUnderTest;
let node: NodeProcess;
let browser: Browser;
let studyKey = 0;
const contexts: BrowserContext[] = [];

type Opened = { readonly page: Page; readonly complaints: string[]; readonly open: (address: string) => Promise<void> };

/** A browser window whose complaints are kept: errors, and what the Content Security Policy stopped. */
async function opened(
  options: { readonly colorScheme?: 'dark' | 'light'; readonly javaScriptEnabled?: boolean } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    httpCredentials: { username: USER, password: PASSWORD },
    viewport: { width: 1400, height: 900 },
    ...options,
  });
  contexts.push(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  const open = async (address: string): Promise<void> => {
    await page.goto(`http://127.0.0.1:${node.consolePort}${address}`, { waitUntil: 'load', timeout: 60_000 });
  };
  return { page, complaints, open };
}

/** Texts that are hard to read before what is behind them. */
const faintTexts = async (page: Page): Promise<unknown> =>
  page.evaluate(await readFile(path.join(ROOT, 'test/support/faint-texts.js'), 'utf8'));

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing. Install the test peers with: npm run set-up`);
  await mkdir(SCREENSHOTS, { recursive: true });
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-console-'));
  // Single images alone: the pages fall down to them, the report waits for a person; and no EHR listens at port 1.
  archive = await startChoosyArchive(folder, ['SecondaryCaptureImageStorage']);
  const examination = await smallExamination(62, { cines: 1 });
  place = await nodeUnderTest({ pacsPort: archive.port, ehrPort: 1, more: [CONSOLE_ON] });
  await makeUser(place);
  node = await place.start();
  await dcmsend(examination.files, { port: node.dicomPort });
  await until('report and message are stuck', 150_000, async () => {
    const deliveries = (await place.overviews()).flatMap((overview) => overview.deliveries);
    return (
      deliveries.some(({ kind, state }) => kind === 'sr' && state === 'refused') &&
      deliveries.some(({ kind, attempts }) => kind === 'oru' && attempts > 1)
    );
  });
  studyKey = (await place.overviews())[0]?.study.studyKey ?? 0;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await node?.end('SIGTERM');
  await archive?.stop();
  await place?.remove();
});

describe.each(SCHEMES)('the console in %s colours', (colorScheme) => {
  let window: Opened;
  beforeAll(async () => {
    window = await opened({ colorScheme });
  });

  test.each([
    ['studies', '/', /waits for a person/],
    ['study', '', /Left femoral vein: spontaneous echo contrast/],
    ['destinations', '/destinations', /trouble, tried again|something waits for a person/],
    ['waiting', '/waiting', /sonorelay retry --study 2\.25\./],
  ])('shows %s, readable, without a complaint of the browser', async (name, address, words) => {
    const { page, complaints, open } = window;
    await open(address === '' ? `/studies/${studyKey}` : address);
    expect(await page.locator('main').innerText()).toMatch(words);
    expect(await faintTexts(page)).toEqual([]);
    expect(await page.locator('.problem').allInnerTexts()).toEqual([]);
    if (name === 'study') await page.locator('figure').nth(1).waitFor();
    // Pictures are fetched when they come into sight.
    const pictures = await page.locator('figure img').all();
    for (const picture of pictures) {
      await picture.scrollIntoViewIfNeeded();
      await until('the picture is there', 60_000, async () => (await picture.evaluate((image) => image.naturalWidth)) === 1280);
    }
    await page.screenshot({ path: path.join(SCREENSHOTS, `console-${name}-${colorScheme}.png`), fullPage: true });
    if (name === 'study') expect(pictures.length).toBeGreaterThanOrEqual(2);
    expect(complaints).toEqual([]);
  });
});

test('the console leads by keyboard from the list to a study and its history', async () => {
  const { page, open, complaints } = await opened();
  await open('/');
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').innerText()).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await page.getByLabel('Accession number or Study Instance UID, whole').focus();
  await page.keyboard.type('NOBODY');
  await page.keyboard.press('Enter');
  await page.getByText('No study has this accession number').waitFor();
  await page.getByRole('link', { name: 'All studies' }).press('Enter');
  await page.locator('tbody th a').first().press('Enter');
  await page.getByRole('heading', { level: 1, name: /^Accession/ }).waitFor();
  await page.getByText('What happened, the latest first').press('Enter');
  expect(await page.locator('.history li').count()).toBeGreaterThan(4);
  expect(complaints).toEqual([]);
});

test('the console needs no JavaScript', async () => {
  const { page, open } = await opened({ javaScriptEnabled: false });
  await open(`/studies/${studyKey}`);
  expect(await page.locator('h2').allInnerTexts()).toEqual([
    'Findings',
    'Attention pages',
    'Plan',
    'Deliveries',
    'Objects received',
    'History',
  ]);
});
