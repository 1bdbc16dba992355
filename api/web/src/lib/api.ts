// The one way to the API: with the key or the cookie of a session, with sentences for what was refused.

import { alternativeInSwedish, reasonInSwedish, refusalInSwedish } from './refusals.sv';
import type { Alternative, Reason } from './types';
import { words } from './words.svelte';

const KEPT = 'sojourn.key';
let key = sessionStorage.getItem(KEPT) ?? '';

export const hasKey = (): boolean => key !== '';
/** Without a key the browser sends the cookie of the session by itself. */
export const authorization = (): Record<string, string> => (key ? { Authorization: `Bearer ${key}` } : {});
export function useKey(given: string): void {
  key = given;
  if (given) sessionStorage.setItem(KEPT, given);
  else sessionStorage.removeItem(KEPT);
}

/** A refusal, in the words of the API. `status` 0: the server was not reached. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    sentence: string,
    readonly reasons: Reason[] = [],
    readonly alternatives: Alternative[] = [],
    readonly errors: { path: string; message: string }[] = [],
    /** Seconds, where the server names them. */
    readonly retryAfter = 0,
  ) {
    super(sentence);
  }

  /** Of a problem document: in the page's language, where its code is one that the page has words for. */
  static from(status: number, problem: Problem, retryAfter = 0): Refused {
    const { code = 'failed', detail = `The server answered ${status}.`, reasons = [], alternatives = [], errors = [] } = problem;
    if (words.language !== 'sv') return new Refused(status, code, detail, reasons, alternatives, errors, retryAfter);
    return new Refused(
      status, code, refusalInSwedish(code, detail, reasons), inOwnWords(reasons),
      alternatives.map((a) => ({ ...a, sentence: alternativeInSwedish(a) })), errors, retryAfter,
    );
  }
}

interface Problem { code?: string; detail?: string; reasons?: Reason[]; alternatives?: Alternative[]; errors?: { path: string; message: string }[] }

export const inOwnWords = (reasons: Reason[]): Reason[] =>
  words.language === 'sv' ? reasons.map((r) => ({ ...r, sentence: reasonInSwedish(r) })) : reasons;

interface Options {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  text?: string;
  type?: string;
  accept?: string;
  signal?: AbortSignal;
  ifMatch?: number;
  /** The change is made once, however often it is sent. */
  once?: string;
}

export async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) if (value !== undefined) query.set(name, String(value));
  const headers: Record<string, string> = authorization();
  if (options.accept) headers.Accept = options.accept;
  if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`;
  if (options.once) headers['Idempotency-Key'] = options.once;
  let body: string | undefined;
  if (options.text !== undefined) [body, headers['Content-Type']] = [options.text, options.type ?? 'application/json'];
  else if (options.body !== undefined) [body, headers['Content-Type']] = [JSON.stringify(options.body), 'application/json'];
  const address = `/v1${path}${query.size ? `?${query}` : ''}`;
  let answer: Response;
  try {
    answer = await fetch(address, { method, headers, body, signal: options.signal, cache: 'no-store' });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw Refused.from(0, { code: 'unreachable', detail: 'The server cannot be reached.' });
  }
  if (answer.ok) return answer;
  let problem: Problem = {};
  try {
    problem = await answer.json();
  } catch {
    // not a problem document: something between us and the server answered
  }
  throw Refused.from(answer.status, problem, Number(answer.headers.get('Retry-After')) || 0);
}

export async function get<T>(path: string, query: Options['query'] = {}, signal?: AbortSignal): Promise<T> {
  return (await send('GET', path, { query, signal })).json() as Promise<T>;
}
/** What the change would give; nothing is kept. */
export async function preview<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await send(method, path, { query: { preview: true }, body, signal })).json() as Promise<T>;
}
/** The change itself; sent again by itself, once, where the network failed: the key makes that safe. `body` null: none. */
export async function change<T>(method: string, path: string, body: unknown = {}, ifMatch?: number): Promise<T> {
  const options = { body: body ?? undefined, ifMatch, once: unique() };
  try {
    return (await send(method, path, options)).json() as Promise<T>;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 0) throw error;
    await new Promise((done) => setTimeout(done, 800));
    return (await send(method, path, options)).json() as Promise<T>;
  }
}

/** Every item of a paged list. */
export async function all<T>(path: string, query: Options['query'] = {}): Promise<T[]> {
  const found: T[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page: { items: T[]; next: string | null } = await get(path, { ...query, limit: 500, after });
    found.push(...page.items);
    after = page.next;
  }
  return found;
}

export function unique(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
export const aborted = (error: unknown): boolean => (error as Error)?.name === 'AbortError';
