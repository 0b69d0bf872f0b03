import type { Overview, Run, Schedule, Session } from '../api/types';
import { dateIn, newYork, span, timeIn } from './format';

export type EntryState = 'done' | 'late' | 'idle' | 'missed' | 'failed' | 'running' | 'due' | 'overdue';

export interface Entry {
  readonly at: Date;
  readonly schedule: Schedule;
  readonly state: EntryState;
  /** What came of it, or what is special about it. */
  readonly remark: string | null;
}

export interface Day {
  /** The New York date. */
  readonly date: string;
  readonly session: Session | null;
  readonly entries: Entry[];
}

export const stateSign: Record<EntryState, string> = {
  done: '✓',
  late: '!',
  idle: '–',
  missed: '⊘',
  failed: '✕',
  running: '…',
  due: '○',
  overdue: '!',
};
export const stateWord: Record<EntryState, string> = {
  done: 'done',
  late: 'done late',
  idle: 'nothing to do',
  missed: 'skipped',
  failed: 'failed',
  running: 'running',
  due: 'due',
  overdue: 'overdue',
};

// Orders are promised within a second, the rest within some; a minute late is worth a word.
const lateSeconds = 60;
const overdueSeconds = 60;

/** The days from today on, each with its session and what is due and was done, in order. */
export function agenda(overview: Overview, runs: ReadonlyMap<string, readonly Run[]>, now: Date, days = 5): Day[] {
  const sessions = new Map(overview.market.sessions.map((session) => [session.day, session]));
  const list: Day[] = daysFrom(dateIn(newYork, now), days).map((date) => ({ date, session: sessions.get(date) ?? null, entries: [] }));
  const byDate = new Map(list.map((day) => [day.date, day]));
  const add = (entry: Entry): void => {
    byDate.get(dateIn(newYork, entry.at))?.entries.push(entry);
  };
  for (const { schedule, upcoming } of overview.schedules) {
    const known = new Set<string>();
    for (const run of runs.get(schedule.id) ?? []) {
      known.add(run.planned);
      add({ at: new Date(run.planned), schedule, ...outcome(run) });
    }
    if (schedule.next_run !== null && schedule.enabled && !known.has(schedule.next_run)) {
      const at = new Date(schedule.next_run);
      const late = now.getTime() - at.getTime();
      if (late > overdueSeconds * 1000) {
        add({ at, schedule, state: 'overdue', remark: `It should have run ${span(late)} ago.` });
      }
    }
    for (const occurrence of upcoming.filter((it) => !known.has(it.at) && new Date(it.at) > now)) {
      add({ at: new Date(occurrence.at), schedule, state: 'due', remark: occurrence.remark });
    }
  }
  for (const day of list) {
    day.entries.sort((a, b) => a.at.getTime() - b.at.getTime() || a.schedule.id.localeCompare(b.schedule.id));
  }
  return list;
}

/** Schedules whose runs of today are worth asking for. */
export function ranOn(overview: Overview, now: Date): Schedule[] {
  const today = dateIn(newYork, now);
  return overview.schedules
    .map((it) => it.schedule)
    .filter((schedule) => schedule.last_run !== null && dateIn(newYork, new Date(schedule.last_run)) === today);
}

/** Changes whenever a schedule has run or was changed. */
export function runsVersion(schedule: Schedule): string {
  return [schedule.id, schedule.last_run, schedule.next_run, schedule.run_count, schedule.revision].join(' ');
}

/** What a schedule does, in words. */
export function does(schedule: Schedule): string {
  const data = schedule.task_data;
  const target = data.strategy_id ?? data.symbol ?? '';
  switch (schedule.task_type) {
    case 'strategy_start':
      return `starts ${target}`;
    case 'strategy_stop':
      return `stops entries of ${target}`;
    case 'strategy_pause':
      return `pauses ${target}`;
    case 'strategy_resume':
      return `resumes ${target}`;
    case 'strategy_close':
      return `closes ${target}: sells what it holds`;
    case 'order_place':
      return `${data.side ?? ''} ${data.qty ?? ''} ${data.symbol ?? ''} ${(data.order_type ?? '').replaceAll('_', ' ')}`.trim();
    case 'orders_cancel':
      return `cancels working orders${target === '' ? '' : ' of ' + target}`;
    case 'kill_switch_on':
      return 'turns the kill switch on';
    case 'kill_switch_off':
      return 'turns the kill switch off if a schedule set it';
    case 'notify':
      return data.message ? `tells: ${data.message}` : 'sends the daily summary';
    default:
      return schedule.task_type;
  }
}

/** When a schedule is due, in words. */
export function rule(schedule: Schedule): string {
  return schedule.market !== null
    ? `every session at ${schedule.market}`
    : schedule.schedule_cron !== null
      ? `cron ${schedule.schedule_cron} (${schedule.zone})${schedule.trading_days_only ? ', trading days only' : ''}`
      : 'once';
}

function outcome(run: Run): { state: EntryState; remark: string | null } {
  const late = Number(run.lateness_seconds);
  const lateness = late > lateSeconds ? `${span(late * 1000)} late. ` : '';
  const told = lateness + (run.outcome ?? '');
  switch (run.status) {
    case 'fired':
      return { state: lateness === '' ? 'done' : 'late', remark: told };
    case 'skipped':
      return { state: run.code === 'no_op' ? 'idle' : 'missed', remark: told };
    case 'failed':
      return { state: 'failed', remark: told };
    default:
      return { state: 'running', remark: told === '' ? null : told };
  }
}

function daysFrom(first: string, count: number): string[] {
  const start = Date.parse(first + 'T12:00:00Z');
  return Array.from({ length: count }, (_, index) => new Date(start + index * 86_400_000).toISOString().slice(0, 10));
}

/** The part of a New York day that has passed at an instant, 0 to 1. */
export function partOfDay(at: Date): number {
  const [hours = 0, minutes = 0] = timeIn(newYork, at).split(':').map(Number);
  return (hours * 60 + minutes) / 1440;
}
