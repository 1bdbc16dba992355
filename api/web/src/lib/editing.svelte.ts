// Which value of the open order is being changed: its field stands in the panel.

export type Edit = { kind: 'participants'; line: string } | { kind: 'quantity' | 'length' | 'time' | 'message'; booking: string };

class Editing {
  what = $state<Edit | null>(null);
  begin(edit: Edit): void { this.what = edit; }
  end(): void { this.what = null; }
}

export const editing = new Editing();
