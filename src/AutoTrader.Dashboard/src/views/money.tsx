import { useState } from 'preact/hooks';
import type { Fill, Overview } from '../api/types';
import { money, percent, signedPercent } from '../model/format';
import { lossUsed, realizedCurve } from '../model/ledger';
import { Badge, Fact, Nothing, Profit, Section } from './parts';
import { Chart } from './chart';

/** Equity, the day, and how much of the loss limit is used. */
export function Money(props: { overview: Overview; fills: readonly Fill[] | null }) {
  const { portfolio, risk } = props.overview;
  const [shown, show] = useState(false);
  const used = risk === null ? null : lossUsed(risk.status.daily_pnl, risk.status.daily_pnl_limit);
  const curve = props.fills === null ? [] : realizedCurve(props.fills);
  return (
    <Section id="money" title="Money">
      {portfolio === null ? (
        <Nothing>! The broker or the prices cannot be reached: equity is not known now.</Nothing>
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
      <details onToggle={(event) => show((event.currentTarget as HTMLDetailsElement).open)}>
        <summary>Realized profit, last 90 days</summary>
        {!shown ? null : curve.length < 2 ? (
          <Nothing>Not enough trading days with fills for a curve yet.</Nothing>
        ) : (
          <Chart label="Realized profit after fees by trading day" line={curve} />
        )}
      </details>
    </Section>
  );
}
