import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import sv from './sv';

const sources = readdirSync('src', { recursive: true }).map(String).filter((f) => /\.(svelte|ts)$/.test(f) && !/sv\.ts|\.test\./.test(f));

test('every word of the page is there in Swedish, with the same values in it', () => {
  const values = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  for (const file of sources)
    for (const [, text] of readFileSync(join('src', file), 'utf8').matchAll(/\bt\('([^']*)'/g)) {
      expect(sv[text], `${file}: ${text}`).toBeDefined();
      expect(values(sv[text]), text).toEqual(values(text));
      expect(sv[text].split('|').length, text).toBe(text.split('|').length);
    }
});
