import type { paths } from './schema';

/** What an operation answers, as openapi.json says; so that the page cannot lag behind the API. */
type Answer<Path extends keyof paths, Method extends keyof paths[Path], Status extends number = 200> = paths[Path][Method] extends {
  responses: Record<Status, { content: { 'application/json': infer Body } }>;
}
  ? Body
  : never;

export type Overview = Answer<'/overview', 'get'>;
export type Strategy = Overview['strategies'][number];
export type Order = Overview['orders'][number];
export type Holding = Overview['holdings'][number];
export type ScheduleAhead = Overview['schedules'][number];
export type Schedule = ScheduleAhead['schedule'];
export type Attention = Overview['attention'][number];
export type Session = Overview['market']['session'];
export type EquityHistory = Answer<'/portfolio/history', 'get'>;
export type Backtests = Answer<'/backtests', 'get'>;
export type Backtest = Answer<'/backtests/{id}', 'get'>;
export type Trades = Answer<'/trades', 'get'>;
export type Fill = Trades['fills'][number];
export type Run = Answer<'/schedules/{id}/runs', 'get'>['items'][number];
export type Bars = Answer<'/bars/{symbol}', 'get'>;
export type Orders = Answer<'/orders', 'get'>;
export type OneOrder = Answer<'/orders/{id}', 'get'>;
export type OneStrategy = Answer<'/strategies/{id}', 'get'>;
export type Notifications = Answer<'/notifications', 'get'>;
export type Events = Answer<'/events', 'get'>;
export type LoggedEvent = Events['items'][number];
export type Command = Answer<'/commands/{id}', 'get'>;
export type KillSwitch = Answer<'/engine/kill-switch', 'get'>;
export type SchedulePreview = Answer<'/schedules/preview', 'post'>;

/** A refusal of the API (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}
