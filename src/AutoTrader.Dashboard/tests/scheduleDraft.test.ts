import { describe, expect, it } from 'vitest';
import type { Schedule } from '../src/api/types';
import { draftOf, isAsked, taskBody, whenBody } from '../src/model/scheduleDraft';

describe('a schedule as it is typed', () => {
  const typed = { ...draftOf(null), id: 'x', strategy: 'trail', rule: ' open+5m ' };

  it('is asked about once its rule and its strategy are there', () => {
    expect(isAsked(draftOf(null))).toBe(false);
    expect(isAsked({ ...typed, strategy: '' })).toBe(false);
    expect(isAsked(typed)).toBe(true);
    expect(isAsked({ ...typed, task: 'notify', strategy: '' })).toBe(true);
  });

  it('becomes the one rule that was chosen', () => {
    expect(whenBody(typed)).toEqual({ market: 'open+5m', zone: 'America/New_York' });
    expect(whenBody({ ...typed, when: 'schedule_cron', rule: '0 9 * * *', tradingDaysOnly: true })).toEqual({
      schedule_cron: '0 9 * * *',
      zone: 'America/New_York',
      trading_days_only: true,
    });
  });

  it('carries what its task needs and no more', () => {
    expect(taskBody(typed)).toEqual({ task_type: 'strategy_start', task_data: { strategy_id: 'trail' } });
    expect(taskBody({ ...typed, task: 'notify' })).toEqual({ task_type: 'notify' });
    expect(taskBody({ ...typed, task: 'orders_cancel', strategy: '' })).toEqual({ task_type: 'orders_cancel' });
  });

  it('begins with what the schedule is', () => {
    const schedule = {
      id: 's',
      task_type: 'notify',
      task_data: { strategy_id: null, message: 'hi' },
      market: null,
      schedule_cron: '0 9 * * *',
      schedule_at: null,
    };
    expect(draftOf({ ...schedule, zone: 'Europe/Berlin', trading_days_only: true } as unknown as Schedule)).toMatchObject({
      when: 'schedule_cron',
      rule: '0 9 * * *',
      zone: 'Europe/Berlin',
      message: 'hi',
      tradingDaysOnly: true,
    });
  });
});
