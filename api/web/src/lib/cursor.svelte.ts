// Where the keyboard stands on the calendar: a resource and a time.

import { calendar } from './calendar.svelte';
import { desk } from './desk.svelte';
import { isDrawn, snap, stepped, type Piece } from './geometry';
import { house } from './house.svelte';
import { clockOf } from './time';
import { t } from './words.svelte';

class Cursor {
  place = $state<{ resource: string; at: number } | null>(null);

  toNow(): void {
    const row = calendar.rows[0];
    if (!row) return;
    const at = snap(house.zone, isDrawn(calendar.axis, house.now) ? house.now : calendar.axis.segments[0].start + 120, calendar.step);
    this.place = { resource: this.place && calendar.byKey.has(this.place.resource) ? this.place.resource : row.key, at };
  }

  move(rows: number, steps: number, fine = false): void {
    if (!this.place) return this.toNow();
    const at = calendar.rows.findIndex((r) => r.key === this.place!.resource);
    const row = calendar.rows[Math.max(0, Math.min(calendar.rows.length - 1, (at < 0 ? 0 : at) + rows))];
    if (!row) return;
    let time = this.place.at;
    for (let n = 0; n < Math.abs(steps); n++) time = stepped(calendar.axis, time, Math.sign(steps) * (fine ? calendar.grid : calendar.step));
    this.place = { resource: row.key, at: time };
    this.tell();
  }

  /** To the next booking on this row, or the nearest one on the next row that has any. */
  toBooking(rows: number, direction: number): void {
    if (!this.place) return this.toNow();
    const here = calendar.rows.findIndex((r) => r.key === this.place!.resource);
    if (direction) {
      const pieces = calendar.rows[here]?.pieces.filter((p) => !p.through) ?? [];
      const under = this.under()?.id;
      const next = direction > 0
        ? pieces.find((p) => p.start > this.place!.at && p.id !== under)
        : pieces.findLast((p) => p.start < this.place!.at && p.id !== under);
      if (next) this.place = { resource: this.place.resource, at: Math.max(next.start, calendar.axis.segments[0].start) };
    } else {
      for (let n = here + rows; n >= 0 && n < calendar.rows.length; n += rows) {
        const pieces = calendar.rows[n].pieces.filter((p) => !p.through && !calendar.rows[n].shared);
        if (!pieces.length) continue;
        const near = pieces.reduce((a, b) => (Math.abs(b.start - this.place!.at) < Math.abs(a.start - this.place!.at) ? b : a));
        this.place = { resource: calendar.rows[n].key, at: near.start };
        break;
      }
    }
    this.tell();
  }

  /** The booking that it stands on; on a shared resource it is never one alone. */
  under(): Piece | null {
    if (!this.place) return null;
    const row = calendar.byKey.get(this.place.resource);
    if (row?.shared) return null;
    return row?.pieces.find((p) => p.start <= this.place!.at && this.place!.at < p.end && !p.through) ?? null;
  }

  /** Said to screen readers: where it is. */
  tell(): void {
    if (!this.place) return;
    const row = calendar.byKey.get(this.place.resource);
    if (!row) return;
    const at = this.place.at, piece = this.under();
    const isOpen = row.open.some((o) => o.start <= at && at < o.end);
    const block = row.blocks.find((b) => b.start <= at && at < b.end);
    const state = row.shared
      ? t('{n} of {all} places taken', { n: row.fill.find((f) => f.start <= at && at < f.end)?.places ?? 0, all: row.resource.capacity })
      : piece ? `${piece.entry.customer || `#${piece.entry.number}`}, ${piece.entry.name}, ${clockOf(house.zone, piece.start)}–${clockOf(house.zone, piece.end)}`
      : block ? block.note || t('out of use')
      : isOpen ? t('free') : t('closed');
    desk.said = `${row.resource.name}, ${clockOf(house.zone, at)}: ${state}`;
  }
}

export const cursor = new Cursor();
