import { useMemo, useState } from 'preact/hooks';
import { read } from '../api/client';
import type { Backtest, Backtests } from '../api/types';
import { backtestLine } from '../model/equity';
import { money, percent, signedPercent, words } from '../model/format';
import { Chart } from './chart';
import { Fact, Nothing, Profit, Section, Time } from './parts';
import { useRead } from './strategy';

type Listed = Backtests['items'][number];

/** Backtests that were sent to the app; read when it is opened. */
export function BacktestList(props: { now: Date }) {
  const [shown, show] = useState(false);
  return (
    <Section id="backtests" title="Backtests">
      <details onToggle={(event) => show((event.currentTarget as HTMLDetailsElement).open)}>
        <summary>How strategies would have performed</summary>
        {shown ? <List now={props.now} /> : null}
      </details>
    </Section>
  );
}

async function readAll(path: string): Promise<readonly Listed[]> {
  const items: Listed[] = [];
  let cursor: string | null = null;
  do {
    const page: Backtests = await read<Backtests>(cursor === null ? path : `${path}?cursor=${encodeURIComponent(cursor)}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items.sort((a, b) => b.created_at.localeCompare(a.created_at));
}

function List(props: { now: Date }) {
  const answer = useRead<readonly Listed[]>('backtests', '', readAll);
  const [open, setOpen] = useState<string | null>(null);
  if (answer === null || 'problem' in answer) {
    return <Nothing>{answer === null ? 'Loading…' : answer.problem}</Nothing>;
  }
  return (
    <>
      {answer.value.length === 0 ? <Nothing>None is published. Publish one: trader backtest publish ID</Nothing> : null}
      <ul class="entries">
        {answer.value.map((it) => (
          <li key={it.id}>
            <button type="button" aria-expanded={open === it.id} onClick={() => setOpen(open === it.id ? null : it.id)}>
              {it.id}
            </button>{' '}
            {words(it.strategy_type)} on {it.symbol}, {it.start_date} to {it.end_date}:{' '}
            <Profit value={it.total_return}> ({signedPercent(it.total_return_pct)})</Profit>
            {it.buy_and_hold_pct === null ? null : <span class="quiet"> · bought and held {signedPercent(it.buy_and_hold_pct)}</span>}
            <span class="quiet">
              {' '}
              · run <Time at={it.created_at} now={props.now} />
            </span>
            {open === it.id ? <One id={it.id} /> : null}
          </li>
        ))}
      </ul>
    </>
  );
}

function One(props: { id: string }) {
  const answer = useRead<Backtest>('backtests/' + encodeURIComponent(props.id), '');
  const curve = answer !== null && 'value' in answer ? answer.value.equity_curve : null;
  const line = useMemo(() => (curve === null ? [] : backtestLine(curve)), [curve]);
  if (answer === null || 'problem' in answer) {
    return <Nothing>{answer === null ? 'Loading…' : answer.problem}</Nothing>;
  }
  const it = answer.value;
  return (
    <>
      {it.warnings === null ? null : it.warnings.split('\n').map((warning) => <p key={warning}>! {warning}</p>)}
      <dl class="facts">
        <Fact name="Began with">{money(it.initial_capital)}</Fact>
        <Fact name="Came to">
          <Profit value={it.total_return}> ({signedPercent(it.total_return_pct)})</Profit>
        </Fact>
        <Fact name="Bought and held">{signedPercent(it.buy_and_hold_pct)}</Fact>
        <Fact name="Closed trades">{it.total_trades}</Fact>
        <Fact name="With a profit">{it.win_rate === null ? '–' : percent(it.win_rate)}</Fact>
        <Fact name="Profit factor">{it.profit_factor ?? '–'}</Fact>
        <Fact name="Greatest drawdown">{percent(it.max_drawdown_pct)}</Fact>
        <Fact name="Sharpe ratio">{it.sharpe_ratio ?? '–'}</Fact>
        <Fact name="Fees">{money(it.fees)}</Fact>
        {it.command === null ? null : (
          <Fact name="Again" wide>
            <code>{it.command}</code>
          </Fact>
        )}
      </dl>
      {line.length < 2 ? <Nothing>It has too few sessions for a curve.</Nothing> : <Chart label={`Equity of backtest ${it.id}`} line={line} />}
    </>
  );
}
