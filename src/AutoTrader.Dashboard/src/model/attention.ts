import type { Attention } from '../api/types';

export type Severity = Attention['severity'];

const ranks: Record<Severity, number> = { high: 0, warning: 1, note: 2 };

/** Worst first; of the same severity, the longest-standing first. */
export function worstFirst(items: readonly Attention[]): Attention[] {
  return [...items].sort(
    (a, b) => ranks[a.severity] - ranks[b.severity] || a.since.localeCompare(b.since) || a.key.localeCompare(b.key),
  );
}
