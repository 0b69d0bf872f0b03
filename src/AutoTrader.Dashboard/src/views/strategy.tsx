import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Act } from '../actions/actions';
import { read, Refused } from '../api/client';
import { eventDays, readEvents } from '../api/history';
import type { Bars, Fill, OneStrategy, Overview } from '../api/types';
import { candles, levels, marks } from '../model/chartData';
import { entry } from '../model/entry';
import { money, percent, quantity, span, words } from '../model/format';
import { Badge, Fact, Nothing, Profit, Section, Time } from './parts';
import { Chart } from './chart';
import { FillRows, OrderRows } from './positions';

const mostEvents = 200;

type Read<T> = { readonly value: T } | { readonly problem: string } | null;

/** What an address answers, read again whenever its version changes. */
export function useRead<T>(path: string, version: string, how: (path: string) => Promise<T> = read<T>): Read<T> {
  const [answer, setAnswer] = useState<Read<T>>(null);
  useEffect(() => {
    let current = true;
    how(path).then(
      (value) => current && setAnswer({ value }),
      (failure: unknown) => current && setAnswer({ problem: failure instanceof Refused ? failure.message : 'No answer.' }),
    );
    return () => {
      current = false;
    };
  }, [path, version]);
  return answer;
}

/** A strategy's own page: state, chart, settings, orders, fills, history. */
export function StrategyPage(props: {
  id: string;
  overview: Overview;
  fills: readonly Fill[] | null;
  reasons: ReadonlyMap<string, string>;
  now: Date;
  act: Act;
}) {
  const { id, overview, now, act } = props;
  const version = overview.engine.last_cycle_at ?? '';
  const one = useRead<OneStrategy>('strategies/' + encodeURIComponent(id), version);
  const strategy = one !== null && 'value' in one ? one.value : null;
  const orders = overview.orders.filter((order) => order.strategy_id === id);
  const fills = useMemo(
    () => (props.fills ?? []).filter((fill) => fill.rule_id === id).sort((a, b) => b.timestamp.localeCompare(a.timestamp)),
    [props.fills, id],
  );
  return (
    <>
      <p>
        <a href="#/">← All</a>
      </p>
      {one !== null && 'problem' in one ? <p role="alert">{one.problem}</p> : null}
      {strategy === null ? null : (
        <>
          <Section id="strategy" title={`${strategy.id}: ${words(strategy.strategy_type)} on ${strategy.symbol}`}>
            <p>
              <State strategy={strategy} />
            </p>
            <dl class="facts">
              <Fact name="Held">{quantity(strategy.held_quantity)}</Fact>
              <Fact name="Entry">{money(strategy.entry_fill_price ?? strategy.entry_price)}</Fact>
              <Fact name="High watermark">{money(strategy.high_watermark)}</Fact>
              <Fact name="Effective stop">{money(strategy.effective_stop)}</Fact>
              <Fact name="Realized">
                <Profit value={strategy.realized_pnl} />
              </Fact>
              <Fact name="Fees">{money(strategy.fees)}</Fact>
            </dl>
            {orders.length === 0 && Number(strategy.held_quantity) === 0 && ended(strategy) ? null : (
              <p class="buttons">
                <button type="button" onClick={() => act({ kind: strategy.paused ? 'resume' : 'pause', strategy: id })}>
                  {strategy.paused ? 'Resume' : 'Pause'} {id}…
                </button>
                <button type="button" class="dangerous" onClick={() => act({ kind: 'close', strategy: id })}>
                  Close {id}…
                </button>
              </p>
            )}
            <StrategyChart strategy={strategy} fills={fills} overview={overview} version={version} />
          </Section>
          <Settings strategy={strategy} />
        </>
      )}
      <Section id="strategy-orders" title="Working orders" count={orders.length}>
        {orders.length === 0 ? <Nothing>No working orders.</Nothing> : <OrderRows orders={orders} now={now} act={act} />}
      </Section>
      <Section id="strategy-fills" title="Fills, last 90 days" count={fills.length}>
        {fills.length === 0 ? (
          <Nothing>It has not traded.</Nothing>
        ) : (
          <FillRows fills={fills.slice(0, 50)} reasons={props.reasons} now={now} />
        )}
      </Section>
      <History
        id={id}
        version={[strategy?.updated_at, fills.length, ...orders.map((order) => order.id + order.status)].join(' ')}
        now={now}
      />
    </>
  );
}

function ended(strategy: OneStrategy): boolean {
  return strategy.phase === 'completed' || strategy.phase === 'failed';
}

function State(props: { strategy: OneStrategy }) {
  const { strategy } = props;
  const level = strategy.phase === 'failed' ? 'bad' : strategy.paused || !strategy.enabled ? 'warn' : 'good';
  const sign = strategy.phase === 'failed' ? '✕' : strategy.paused ? '‖' : strategy.enabled ? '●' : '○';
  return (
    <>
      <Badge level={level} sign={sign}>
        {words(strategy.phase)}
        {strategy.paused ? ', PAUSED' : strategy.enabled ? '' : ', not enabled'}
      </Badge>
      {strategy.pause_reason === null ? null : ` Paused: ${strategy.pause_reason}`}
      {strategy.waiting_for === null ? null : ` Waits: ${strategy.waiting_for}`}
      {strategy.closing === null ? null : ` Closing: ${strategy.closing}`}
    </>
  );
}

function StrategyChart(props: { strategy: OneStrategy; fills: readonly Fill[]; overview: Overview; version: string }) {
  const { strategy } = props;
  const bars = useRead<Bars>(`bars/${encodeURIComponent(strategy.symbol)}?days=4&limit=800`, props.version);
  const items = bars !== null && 'value' in bars ? bars.value.items : null;
  const shown = useMemo(() => (items === null ? [] : candles(items)), [items]);
  const traded = useMemo(() => (items === null ? [] : marks(props.fills, items)), [items, props.fills]);
  if (items === null) {
    return bars === null ? null : <Nothing>There are no prices for a chart.</Nothing>;
  }
  const orders = props.overview.orders.filter((order) => order.strategy_id === strategy.id);
  return items.length === 0 ? (
    <Nothing>There are no prices for the last days.</Nothing>
  ) : (
    <Chart
      label={`${strategy.symbol} by the minute with fills, stop, watermark and targets`}
      candles={shown}
      levels={levels(strategy, orders)}
      marks={traded}
    />
  );
}

function Settings(props: { strategy: OneStrategy }) {
  const { strategy } = props;
  const settings: [string, string | null][] = [
    ['Quantity', String(strategy.quantity)],
    ['Entry', entry(strategy)],
    ['Trailing stop', strategy.trailing_stop_pct && percent(strategy.trailing_stop_pct)],
    ['Pullback', strategy.pullback_pct && percent(strategy.pullback_pct)],
    ['Take profit', strategy.take_profit_pct && percent(strategy.take_profit_pct)],
    ['Stop loss', strategy.stop_loss_pct && percent(strategy.stop_loss_pct)],
    ['Targets', strategy.scale_targets?.map((target) => `${percent(target.pct)} at +${percent(target.target_pct)}`).join(', ') ?? null],
    [
      'Grid',
      strategy.grid_config &&
        `${strategy.grid_config.levels} levels, ${money(strategy.grid_config.low)} to ${money(strategy.grid_config.high)}, ` +
          `${strategy.grid_config.qty_per_level} each`,
    ],
    ['Repeats', strategy.repeat ? `yes, after ${strategy.cooldown_minutes} min` : 'no'],
    ['If it cannot be protected', words(strategy.on_unprotected)],
    ['Starts', strategy.schedule_at ?? strategy.schedule_cron ?? strategy.schedule_market],
    ['Notes', strategy.notes],
  ];
  return (
    <Section id="strategy-settings" title="Settings">
      <dl class="facts">
        {settings.map(([name, value]) =>
          value === null || value === '' ? null : (
            <Fact key={name} name={name} wide={name === 'Notes' || (name === 'Entry' && strategy.entry_condition !== null)}>
              {value}
            </Fact>
          ),
        )}
      </dl>
    </Section>
  );
}

function History(props: { id: string; version: string; now: Date }) {
  const read = useRead(props.id, props.version, readEvents);
  const events = read !== null && 'value' in read ? read.value : [];
  return (
    <Section id="strategy-history" title={`History, last ${eventDays} days`} count={events.length}>
      {events.length === 0 ? (
        <Nothing>{read === null ? 'Loading…' : 'problem' in read ? read.problem : 'Nothing happened.'}</Nothing>
      ) : (
        <ul class="entries">
          {events.slice(0, mostEvents).map((event) => (
            <li key={event.at + event.id}>
              <Time at={event.at} now={props.now} /> {event.message}
              {event.by === null ? null : <span class="quiet"> · by {event.by}</span>}
              {late(event.lateness_seconds)}
            </li>
          ))}
        </ul>
      )}
      {events.length > mostEvents ? <Nothing>The newest {mostEvents} are shown.</Nothing> : null}
    </Section>
  );
}

function late(seconds: string | null) {
  return Number(seconds) >= 60 ? <span class="quiet"> · {span(Number(seconds) * 1000)} late</span> : null;
}
