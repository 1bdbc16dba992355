// Who is at the desk: signed in by e-mail and password (a cookie) or by a key, and what the role may do.

import * as api from './api';
import { Refused } from './api';
import { calendar } from './calendar.svelte';
import { desk } from './desk.svelte';
import { house } from './house.svelte';
import { live } from './live.svelte';
import type { Catalog, Me } from './types';
import { t } from './words.svelte';

const MAKERS = ['admin', 'manager']; // of venues and their catalogs
const KEPT = 'sojourn.session'; // that there is a cookie: scripts cannot see it

class Session {
  me = $state<Me | null>(null);
  fault = $state('');

  mayBook = $derived(['admin', 'manager', 'reception'].includes(this.me?.role ?? ''));
  mayManage = $derived(MAKERS.includes(this.me?.role ?? ''));

  /** Whether somebody may still be signed in, as far as this browser knows. */
  get isRemembered(): boolean {
    return api.hasKey() || localStorage.getItem(KEPT) !== null;
  }

  /** Who was signed in before the page was opened again; nobody, and no word of it, where that is over. */
  async resume(): Promise<void> {
    try {
      await this.#welcome(await api.get<Me>('/me'));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) this.forget();
      else this.fault = spoken(error);
    }
  }

  async withKey(key: string): Promise<void> {
    api.useKey(key.trim());
    await this.#enter(() => api.get<Me>('/me'), t('This key is not valid, or not any more.'));
  }

  async withPassword(email: string, password: string): Promise<void> {
    api.useKey('');
    await this.#enter(async () => {
      const answer = await api.send('POST', '/session', { body: { email: email.trim(), password } });
      localStorage.setItem(KEPT, 'yes');
      return answer.json() as Promise<Me>;
    }, t('The e-mail address or the password is not right.'));
  }

  async #enter(identify: () => Promise<Me>, unknown: string): Promise<void> {
    this.fault = '';
    try {
      await this.#welcome(await identify());
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status !== 0) { api.useKey(''); this.me = null; }
      this.fault = error.status === 401 ? unknown : spoken(error);
    }
  }

  async #welcome(me: Me): Promise<void> {
    if (!me.venues.length && !MAKERS.includes(me.role)) throw new Refused(404, 'no_venue', t('You may see no venue yet.'));
    this.me = me;
    if (me.venues.length) await this.enter(me.venues.find((v) => v.key === calendar.kept().venue) ?? me.venues[0]);
  }

  async enter(venue: Me['venues'][number]): Promise<void> {
    live.stop();
    calendar.restore();
    calendar.data = null;
    house.venue = venue;
    calendar.date = house.today;
    await house.readCatalog();
    await calendar.load();
    desk.start();
    if (this.mayBook) live.start();
    else live.state = 'none';
  }

  /** The venue's own name, zone and currency were changed in its catalog. */
  renamed({ venue: { name, time_zone, currency } }: Catalog): void {
    if (house.venue) house.venue = { key: house.venue.key, name: name || house.venue.key, time_zone, currency };
  }

  async signOut(): Promise<void> {
    live.stop();
    if (!api.hasKey()) await api.send('DELETE', '/session').catch(() => {});
    this.forget();
  }

  /** The server knows this caller no longer, or is not to. */
  forget(): void {
    live.stop();
    api.useKey('');
    localStorage.removeItem(KEPT);
    this.me = null;
    house.leave();
    calendar.data = null;
    desk.leave();
  }
}

function spoken(error: Refused): string {
  if (error.status === 0) return t('The server cannot be reached.');
  if (error.status === 429) return t('Too many attempts: try again in {n} second.|Too many attempts: try again in {n} seconds.', { n: error.retryAfter || 60 });
  return error.message;
}

export const session = new Session();
