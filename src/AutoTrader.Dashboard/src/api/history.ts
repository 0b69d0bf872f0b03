import { useEffect, useRef, useState } from 'preact/hooks';
import { read } from './client';
import type { Events, Fill, LoggedEvent, OneOrder, Overview, Run, Trades } from './types';
import { ranOn, runsVersion } from '../model/agenda';
import { fillsOf, merge } from '../model/ledger';
import { dateIn, newYork } from '../model/format';

const days = 90;
const mostReasons = 30;
const together = 4;
export const eventDays = 7;

/** The fills of the last months: all of them once, then the newest whenever something was traded. */
export function useFills(overview: Overview | null): readonly Fill[] | null {
  const [fills, setFills] = useState<readonly Fill[] | null>(null);
  const tag = overview?.ledger_tag;
  const asked = useRef<string | undefined>(undefined);
  const known = useRef(false);
  useEffect(() => {
    if (tag === asked.current) {
      return;
    }
    asked.current = tag;
    const span = known.current ? 2 : days;
    read<Trades>(`trades?days=${span}&limit=10000`).then(
      (trades) => {
        known.current = true;
        setFills((before) => merge(before ?? [], trades.fills));
      },
      () => {
        asked.current = undefined; // Asked again with the next overview.
      },
    );
  }, [overview]);
  return fills;
}

/** Why each of today's newest orders was placed, by order id. Asked for once each: an order's reason does not change. */
export function useReasons(fills: readonly Fill[] | null, today: string): ReadonlyMap<string, string> {
  const [reasons, setReasons] = useState<ReadonlyMap<string, string>>(new Map());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    const ids = fillsOf(fills ?? [], today)
      .slice(0, mostReasons)
      .flatMap((fill) => (fill.order_id === null || asked.current.has(fill.order_id) ? [] : [fill.order_id]));
    for (const id of ids) {
      asked.current.add(id);
    }
    void eachOf([...new Set(ids)], async (id) => {
      const order = await read<OneOrder>('orders/' + encodeURIComponent(id));
      const reason = `${order.role.replaceAll('_', ' ')}${order.note === null ? '' : ': ' + order.note}`;
      setReasons((before) => new Map(before).set(id, reason));
    });
  }, [fills, today]);
  return reasons;
}

/** What today's occurrences came to, by schedule; asked for when a schedule has run. */
export function useRuns(overview: Overview | null, now: Date): ReadonlyMap<string, readonly Run[]> {
  const [runs, setRuns] = useState<ReadonlyMap<string, readonly Run[]>>(new Map());
  const seen = useRef(new Map<string, string>());
  const today = dateIn(newYork, now);
  useEffect(() => {
    if (overview === null) {
      return;
    }
    const changed = ranOn(overview, now).filter((schedule) => seen.current.get(schedule.id) !== runsVersion(schedule));
    for (const schedule of changed) {
      seen.current.set(schedule.id, runsVersion(schedule));
    }
    void eachOf(
      changed.map((schedule) => schedule.id),
      async (id) => {
        const page = await read<{ items: Run[] }>(`schedules/${encodeURIComponent(id)}/runs?limit=20`);
        setRuns((before) => new Map(before).set(id, page.items));
      },
      (id) => seen.current.delete(id),
    );
  }, [overview, today]);
  return runs;
}

/** What happened to a strategy in the last days, newest first: what the engine decided, sent and saw, runs of its schedules, changes. */
export async function readEvents(strategy: string): Promise<LoggedEvent[]> {
  const path = `events?strategy_id=${encodeURIComponent(strategy)}&since=${eventDays}d&limit=1000`;
  const items: LoggedEvent[] = [];
  let cursor: string | null = null;
  do {
    const page: Events = await read<Events>(cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items.reverse();
}

async function eachOf(
  ids: readonly string[],
  work: (id: string) => Promise<void>,
  failed: (id: string) => void = () => undefined,
): Promise<void> {
  const left = [...ids];
  const worker = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        await work(id);
      } catch {
        failed(id);
      }
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
}
