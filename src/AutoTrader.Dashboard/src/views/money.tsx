import { useMemo, useState } from 'preact/hooks';
import type { EquityHistory, Overview } from '../api/types';
import { changeOf, equityLine } from '../model/equity';
import { money, percent, signedPercent } from '../model/format';
import { lossUsed } from '../model/ledger';
import { Badge, Fact, Nothing, Profit, Section } from './parts';
import { Chart } from './chart';
import { useRead } from './strategy';

const sampleEvery = 5 * 60_000;

/** Equity, the day, and how much of the loss limit is used. */
export function Money(props: { overview: Overview }) {
  const { portfolio, risk } = props.overview;
  const used = risk === null ? null : lossUsed(risk.status.daily_pnl, risk.status.daily_pnl_limit);
  return (
    <Section id="money" title="Money">
      {portfolio === null ? (
        <Nothing>! The broker or the prices cannot be reached: equity is unknown.</Nothing>
      ) : (
        <dl class="facts">
          <Fact name="Equity" wide>
            <strong class="figure">{money(portfolio.total_equity)}</strong>
          </Fact>
          <Fact name="Today (since the prior close)">
            <Profit value={portfolio.day_change}> ({signedPercent(portfolio.day_change_pct)})</Profit>
          </Fact>
          <Fact name="Unrealized">
            <Profit value={portfolio.unrealized_pnl} />
          </Fact>
          <Fact name="Cash">{money(portfolio.cash)}</Fact>
          <Fact name="In positions">{money(portfolio.positions_value)}</Fact>
        </dl>
      )}
      {risk === null || used === null ? null : (
        <dl class="facts">
          <Fact name="Loss limit of the day" wide>
            <meter min={0} max={100} high={80} value={Math.min(used, 100)} aria-label="Share of the daily loss limit used" />{' '}
            {percent(String(used))} of {money(risk.status.daily_pnl_limit)} used
            {risk.status.loss_latched ? (
              <>
                {' '}
                <Badge level="bad" sign="■">
                  limit reached: nothing is bought today
                </Badge>
              </>
            ) : null}
          </Fact>
          <Fact name="Buys today">
            {risk.status.trade_count} of {risk.status.trade_limit}
          </Fact>
        </dl>
      )}
      <EquityCurve lastCycle={props.overview.engine.last_cycle_at} />
    </Section>
  );
}

const spans = [
  { days: 1, name: 'Today' },
  { days: 90, name: '90 days' },
  { days: 366, name: 'A year' },
];

/** The account over time, as the broker told it. */
function EquityCurve(props: { lastCycle: string | null }) {
  const [days, choose] = useState(1);
  const intraday = days === 1;
  const version = String(Math.floor(Date.parse(props.lastCycle ?? '0') / sampleEvery));
  const answer = useRead<EquityHistory>(`portfolio/history?days=${days}&interval=${intraday ? 'sample' : 'day'}`, version);
  const items = answer !== null && 'value' in answer ? answer.value.items : null;
  const line = useMemo(() => (items === null ? [] : equityLine(items, intraday)), [items]);
  const change = changeOf(line);
  const name = intraday ? 'today' : `the last ${days} days`;
  return (
    <>
      <p class="buttons" role="group" aria-label="Equity curve of">
        {spans.map((span) => (
          <button key={span.days} type="button" aria-pressed={span.days === days} onClick={() => choose(span.days)}>
            {span.name}
          </button>
        ))}
      </p>
      {change === null ? (
        <Nothing>
          {answer === null
            ? 'Loading the equity curve…'
            : 'problem' in answer
              ? answer.problem
              : `Equity curve: there is not enough of ${name} yet. It is kept while the engine runs.`}
        </Nothing>
      ) : (
        <>
          <p>
            Equity {name}:{' '}
            <Profit value={change.amount}> ({signedPercent(change.pct)})</Profit>
          </p>
          <Chart label={`Equity of ${name}`} line={line} intraday={intraday} low />
        </>
      )}
    </>
  );
}
