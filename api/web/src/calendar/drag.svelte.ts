// Dragging a booking, or its end: with the mouse after a few pixels, with a finger after a long press.

import { desk } from '../lib/desk.svelte';

import { calendar } from '../lib/calendar.svelte';

import { house } from '../lib/house.svelte';

import { session } from '../lib/session.svelte';
import type { Piece } from '../lib/geometry';
import { snap } from '../lib/geometry';
import { proposal } from '../lib/proposal.svelte';
import { moving } from './moving.svelte';

const PIXELS = 5;
const LONG_PRESS = 380;
type Spot = { resource: string; at: number } | null;

class Drag {
  active = $state(false);
  justEnded = false;
  spot: (event: { clientX: number; clientY: number }) => Spot = () => null;
  edge: (event: PointerEvent) => void = () => {};

  get piece(): Piece | null { return moving.piece; }

  down(event: PointerEvent): void {
    const element = (event.target as HTMLElement).closest<HTMLElement>('[data-booking]');
    if (event.button !== 0 || !element || !session.mayBook) return;
    const piece = calendar.byKey.get(element.dataset.resource!)?.pieces.find((p) => p.entry.booking === element.dataset.booking && !p.through);
    const from = this.spot(event);
    if (!piece || !from) return;
    const stretches = (event.target as HTMLElement).closest('.edge') !== null;
    const grip = from.at - (stretches ? piece.end : piece.start);
    const byFinger = event.pointerType !== 'mouse';
    let timer: ReturnType<typeof setTimeout> | undefined;

    const begin = (): void => { this.active = true; moving.lift(piece, stretches); };
    const move = (e: PointerEvent): void => {
      const far = Math.hypot(e.clientX - event.clientX, e.clientY - event.clientY) > PIXELS;
      if (!this.active) {
        if (!far) return;
        if (byFinger) return end(); // a finger that moves at once scrolls
        begin();
      }
      e.preventDefault();
      this.edge(e);
      const spot = this.spot(e);
      if (!spot) return;
      const grid = calendar.scale * calendar.grid >= 3 ? calendar.grid : calendar.scale * 15 >= 3 ? Math.max(15, calendar.grid) : 60;
      const row = calendar.byKey.get(spot.resource);
      const at = snap(house.zone, spot.at - grip, grid);
      if (stretches) moving.endAt(at);
      else moving.moveTo(row?.shared ? piece.entry.resource : spot.resource, at);
    };
    const end = (): void => {
      clearTimeout(timer);
      for (const [name, f] of Object.entries(listeners)) window.removeEventListener(name, f as EventListener, true);
    };
    const up = (): void => {
      end();
      if (!this.active) return;
      this.active = false;
      this.justEnded = true;
      setTimeout(() => (this.justEnded = false), 50);
      moving.drop();
      desk.note = '';
      void this.#settled();
    };
    const escape = (e: KeyboardEvent): void => {
      if (e.key !== 'Escape' || !this.active) return;
      e.stopPropagation();
      this.active = false;
      end();
      moving.drop();
      proposal.leave();
    };
    const still = (e: TouchEvent): void => { if (this.active) e.preventDefault(); };
    const listeners = { pointermove: move, pointerup: up, pointercancel: up, keydown: escape, touchmove: still };
    for (const [name, f] of Object.entries(listeners)) window.addEventListener(name, f as EventListener, { capture: true, passive: false });
    if (byFinger) timer = setTimeout(begin, LONG_PRESS);
  }

  /** The last answer is in: where it does not fit, the nearest that does is looked for. */
  async #settled(): Promise<void> {
    for (let n = 0; proposal.busy && n < 200; n++) await new Promise((done) => setTimeout(done, 30));
    if (proposal.refused) await moving.nearest();
  }
}

export const drag = new Drag();
