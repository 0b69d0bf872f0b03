import type { Attention } from '../api/types';

export type Severity = 'critical' | 'warning' | 'note';

// Money at risk or nothing running; then what waits for a person; the rest is worth knowing.
const critical = new Set([
  'UNPROTECTED',
  'CYCLE_STOPPED',
  'TIMER_SILENT',
  'QUANTITY_MISMATCH',
  'NEGATIVE_POSITION',
  'EXIT_REFUSED',
  'TRADING_BLOCKED',
  'ENGINE_STATE_UNREADABLE',
  'DAILY_LOSS_LIMIT',
  'ACCOUNT_CHANGED',
  'CANCEL_FAILED',
  'LOSS_UNKNOWN',
  'UNREADABLE',
]);
const notes = new Set(['FOREIGN_ORDER', 'EXTERNAL_CHANGE', 'LATE_EXECUTION', 'CALENDAR_MISMATCH', 'GRID_OUT_OF_BAND', 'CLOSE_WAITS']);

export function severity(item: Attention): Severity {
  return critical.has(item.code) ? 'critical' : notes.has(item.code) ? 'note' : 'warning';
}

const ranks: Record<Severity, number> = { critical: 0, warning: 1, note: 2 };

/** Worst first; of the same severity, the longest-standing first. */
export function worstFirst(items: readonly Attention[]): Attention[] {
  return [...items].sort(
    (a, b) => ranks[severity(a)] - ranks[severity(b)] || a.since.localeCompare(b.since) || a.key.localeCompare(b.key),
  );
}
