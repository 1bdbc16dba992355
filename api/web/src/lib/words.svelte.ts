// The page's own words, English as the key. What the API says (reasons, prices) is in the words of the API.

import sv from './sv';

export const LANGUAGES = { en: 'English', sv: 'Svenska' } as const;
export type Language = keyof typeof LANGUAGES;
const KEPT = 'sojourn.language';

class Words {
  language = $state<Language>(first());
  get locale(): string {
    return this.language === 'sv' ? 'sv-SE' : 'en-GB';
  }
  choose(language: Language): void {
    this.language = language;
    localStorage.setItem(KEPT, language);
    document.documentElement.lang = language;
  }
}

export const words = new Words();
document.documentElement.lang = words.language;

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'sv') return kept;
  return navigator.languages.some((l) => l.toLowerCase().startsWith('sv')) ? 'sv' : 'en';
}

/** The text in the language chosen, with `{name}` replaced. `one|many` is chosen by `n`. */
export function t(text: string, values: Record<string, string | number> = {}): string {
  let found = words.language === 'sv' ? (sv[text] ?? text) : text;
  if (found.includes('|')) found = found.split('|')[values.n === 1 ? 0 : 1];
  return found.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

export function day(date: string, style: 'long' | 'short' | 'weekday' | 'month' = 'short'): string {
  const options: Intl.DateTimeFormatOptions =
    style === 'long' ? { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }
    : style === 'weekday' ? { weekday: 'short', day: 'numeric' }
    : style === 'month' ? { month: 'long', year: 'numeric' }
    : { weekday: 'short', day: 'numeric', month: 'short' };
  const said = new Intl.DateTimeFormat(words.locale, { ...options, timeZone: 'UTC' }).format(Date.parse(`${date}T00:00Z`));
  return style === 'long' || style === 'month' ? said[0].toUpperCase() + said.slice(1) : said;
}

export function money(amount: string | number, currency: string, sign = false): string {
  return new Intl.NumberFormat(words.locale, {
    style: 'currency', currency, currencyDisplay: 'narrowSymbol', signDisplay: sign ? 'exceptZero' : 'auto',
  }).format(Number(amount));
}
/** An amount without its currency, for columns. */
export function amount(value: string | number): string {
  return new Intl.NumberFormat(words.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(Number(value));
}
