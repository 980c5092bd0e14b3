// The OHIF viewer as a hospital serves it: its built pages beside an archive's DICOMweb, on loopback, in headless Chromium. In: the HTTP port of an Orthanc.
// Out: a page to open studies in. Missing parts fail with the install line.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const PAGES = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'sonorelay/ohif-3.13.2/dist');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** The viewer's configuration: one archive, behind the same origin. */
const CONFIGURATION = `window.config = {
  routerBasename: null,
  extensions: [],
  modes: [],
  showStudyList: true,
  maxNumberOfWebWorkers: 2,
  defaultDataSourceName: 'archive',
  investigationalUseDialog: { option: 'never' },
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
    sourceName: 'archive',
    configuration: {
      friendlyName: 'archive', name: 'archive',
      qidoRoot: '/dicom-web', wadoRoot: '/dicom-web', wadoUriRoot: '/wado',
      qidoSupportsIncludeField: false, imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true,
      supportsFuzzyMatching: false, supportsWildcard: true, bulkDataURI: { enabled: true, relativeResolution: 'studies' },
      singlepart: 'bulkdata,video', omitQuotationForMultipartRequest: true,
    },
  }],
};`;

function passOn(incoming: IncomingMessage, response: ServerResponse, port: number): void {
  const asked = request(
    { host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers: incoming.headers, agent: false },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  asked.once('error', () => response.destroy());
  incoming.pipe(asked);
}

async function pageFile(url: string, response: ServerResponse): Promise<void> {
  const asked = decodeURIComponent(new URL(url, 'http://viewer').pathname);
  const wanted = path.join(PAGES, path.normalize(asked));
  const file =
    wanted.startsWith(PAGES) && path.extname(wanted) !== '' && existsSync(wanted) ? wanted : path.join(PAGES, 'index.html');
  const body = asked === '/app-config.js' ? CONFIGURATION : await readFile(file);
  response.writeHead(200, {
    'Content-Type': TYPES[path.extname(asked === '/app-config.js' ? asked : file)] ?? 'application/octet-stream',
    // Cross-origin isolation, which the viewer's shared memory needs.
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
  response.end(body);
}

export type Ohif = {
  readonly page: Page;
  /** Opens a study and waits until its series are listed. */
  readonly open: (studyInstanceUid: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Serves the viewer beside the archive at `orthancPort` and opens a browser. */
export async function startOhif(orthancPort: number): Promise<Ohif> {
  for (const file of [CHROMIUM, path.join(PAGES, 'index.html')])
    if (!existsSync(file)) throw new Error(`${file} is missing. Install the test peers with: npm run set-up`);
  const server = createServer((incoming, response) => {
    const url = incoming.url ?? '/';
    if (url.startsWith('/dicom-web') || url.startsWith('/wado')) return passOn(incoming, response, orthancPort);
    pageFile(url, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let browser: Browser;
  try {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      // No sandbox: test machines run as root; only our own pages are opened. SwiftShader: WebGL without a graphics card.
      args: [
        '--no-sandbox',
        '--use-gl=angle',
        '--use-angle=swiftshader',
        '--enable-unsafe-swiftshader',
        '--ignore-gpu-blocklist',
      ],
    });
  } catch (error) {
    server.close();
    throw error;
  }
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  // The viewer's guided tour lies over everything until it was seen.
  await page.addInitScript({ content: `window.localStorage.setItem('shownTours', '["basicViewerTour"]')` });
  return {
    page,
    open: async (studyInstanceUid) => {
      await page.goto(`${origin}/viewer?StudyInstanceUIDs=${studyInstanceUid}`, { waitUntil: 'domcontentloaded' });
      await page.locator('[data-cy^="study-browser-thumbnail"]').first().waitFor({ timeout: 60_000 });
    },
    stop: async () => {
      await browser.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
