import { describe, expect, test } from '@jest/globals';
import { reportTree } from '../../../src/report/sr.ts';
import { srHtml } from '../../../src/report/sr-html.ts';
import { itemsIn } from '../../../src/report/sr-tree.ts';
import { statementLines } from '../../../src/report/wording.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { EMPTY_RESULT, RESULT, SOURCE_HEADER } from '../../support/report-fixture.ts';
import { reportParts } from '../../support/report-objects.ts';

describe('the report as a page', () => {
  const html = srHtml(reportTree(reportParts(RESULT)));

  test('shows every text, number and coded value of the tree', () => {
    const plain = html.replaceAll('<br>', '\r\n').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
    for (const { value } of itemsIn(reportTree(reportParts(RESULT)))) {
      if (value.type === 'TEXT') expect(plain).toContain(value.text);
      if (value.type === 'NUM') expect(plain).toContain(value.number);
      if (value.type === 'CODE' && value.code.value !== '121007') expect(plain).toContain(value.code.meaning);
    }
  });

  test('puts the notice before the first number', () => {
    expect(html.indexOf('AI - RESEARCH USE ONLY')).toBeGreaterThan(0);
    expect(html.indexOf('AI - RESEARCH USE ONLY')).toBeLessThan(html.indexOf('71.2'));
  });

  test('is self-contained: no script, no link, no picture from elsewhere, no patient', () => {
    expect(html).not.toMatch(/<script|<link|<img|https?:|url\(/iu);
    expect(html).not.toContain(String(SOURCE_HEADER['PatientID']));
  });

  test('escapes what could be markup', () => {
    const hostile = {
      ...EMPTY_RESULT,
      skipped: [
        {
          sopInstanceUid: '1.2',
          sopClassUid: '1.2',
          seriesInstanceUid: '1.2',
          reason: 'x',
          sentence: `<img src=x onerror="a('b')">&`,
        },
      ],
    };
    const page = srHtml(reportTree(reportParts(hostile)));
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;');
  });

  test('closes every element it opens', () => {
    for (const element of ['section', 'table', 'tr', 'td', 'th', 'span', 'small']) {
      expect(html.split(`<${element}`).length).toBe(html.split(`</${element}>`).length);
    }
  });
});

test.each([DVT_RESULT, LUNG_RESULT, ECHO_RESULT])('the page of $family says every statement after the notice', (result) => {
  const html = srHtml(reportTree(reportParts(result)));
  const plain = html.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
  const lines = statementLines(result, reportParts(result).template);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(plain.indexOf(line)).toBeGreaterThan(plain.indexOf('AI - RESEARCH USE ONLY'));
});
