import type { Schedule } from '../api/types';

export type When = 'market' | 'schedule_cron' | 'schedule_at';

/** A schedule as it is typed. */
export interface Draft {
  readonly id: string;
  readonly task: string;
  readonly strategy: string;
  readonly message: string;
  readonly when: When;
  readonly rule: string;
  readonly zone: string;
  readonly tradingDaysOnly: boolean;
}

/** The actions that the editor offers; orders are placed where their fields are. */
export const tasks: readonly string[] = [
  'strategy_start',
  'strategy_stop',
  'strategy_pause',
  'strategy_resume',
  'strategy_close',
  'orders_cancel',
  'kill_switch_on',
  'kill_switch_off',
  'notify',
];

export const examples: Record<When, string> = {
  market: 'open+5m, close-10m',
  schedule_cron: '30 9 * * MON-FRI',
  schedule_at: 'tomorrow 09:30, 2026-02-13 09:30, +2h, next open',
};

export function draftOf(schedule: Schedule | null): Draft {
  const when: When = schedule?.schedule_cron != null ? 'schedule_cron' : schedule?.schedule_at != null ? 'schedule_at' : 'market';
  return {
    id: schedule?.id ?? '',
    task: schedule?.task_type ?? 'strategy_start',
    strategy: schedule?.task_data.strategy_id ?? '',
    message: schedule?.task_data.message ?? '',
    when,
    rule: schedule?.[when] ?? '',
    zone: schedule?.zone ?? 'America/New_York',
    tradingDaysOnly: schedule?.trading_days_only ?? false,
  };
}

export const needsStrategy = (task: string): boolean => task.startsWith('strategy_');

/** Whether enough is typed to ask the app about it. */
export function isAsked(draft: Draft): boolean {
  return draft.rule.trim() !== '' && (!needsStrategy(draft.task) || draft.strategy !== '');
}

/** When it is due, as the API takes it. */
export function whenBody(draft: Draft): Record<string, unknown> {
  return {
    [draft.when]: draft.rule.trim(),
    zone: draft.zone.trim(),
    ...(draft.when === 'market' ? {} : { trading_days_only: draft.tradingDaysOnly }),
  };
}

/** What it does, as the API takes it. */
export function taskBody(draft: Draft): Record<string, unknown> {
  const data = {
    ...(needsStrategy(draft.task) || (draft.task === 'orders_cancel' && draft.strategy !== '') ? { strategy_id: draft.strategy } : {}),
    ...(draft.task === 'notify' && draft.message.trim() !== '' ? { message: draft.message.trim() } : {}),
  };
  return { task_type: draft.task, ...(Object.keys(data).length === 0 ? {} : { task_data: data }) };
}
