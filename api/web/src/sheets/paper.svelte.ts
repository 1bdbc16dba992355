// What goes onto paper: the list that is open, else the day as a list by resource.

import type { Sheet } from './sheets';

class Paper {
  sheet = $state.raw<Sheet | null>(null);
  changed = $state.raw<ReadonlySet<string>>(new Set());
  printing = $state(false);
}

export const paper = new Paper();
