import type { ComponentChildren } from 'preact';
import { instant, signedMoney, span, trend, trendSign } from '../model/format';

/** A section of the page with its heading. */
export function Section(props: { id: string; title: string; count?: number; children: ComponentChildren }) {
  return (
    <section aria-labelledby={props.id}>
      <h2 id={props.id}>
        {props.title}
        {props.count === undefined ? null : <span class="count"> ({props.count})</span>}
      </h2>
      {props.children}
    </section>
  );
}

/** A name and its value. */
export function Fact(props: { name: string; wide?: boolean; children: ComponentChildren }) {
  return (
    <div class={props.wide ? 'fact wide' : 'fact'}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** An instant where the viewer is, with New York beside it. */
export function Time(props: { at: string | Date; now: Date; ago?: boolean }) {
  const at = new Date(props.at);
  const { here, newYork } = instant(at, props.now);
  const passed = props.now.getTime() - at.getTime();
  return (
    <time dateTime={at.toISOString()}>
      {here}
      {newYork === null ? null : <span class="ny"> ({newYork} NY)</span>}
      {props.ago ? <span class="ago"> {passed >= 0 ? `${span(passed)} ago` : `in ${span(-passed)}`}</span> : null}
    </time>
  );
}

/** Profit or loss: a sign and a word beside the color. */
export function Profit(props: { value: string | null; children?: ComponentChildren }) {
  const way = trend(props.value);
  return (
    <span class={'profit ' + way}>
      <span aria-hidden="true">{trendSign[way]} </span>
      {signedMoney(props.value)}
      {props.children}
      <span class="hidden"> {way === 'up' ? 'profit' : way === 'down' ? 'loss' : ''}</span>
    </span>
  );
}

/** A state: a sign and a word in a color. */
export function Badge(props: { level: 'good' | 'bad' | 'warn' | 'plain'; sign: string; children: ComponentChildren }) {
  return (
    <span class={'badge ' + props.level}>
      <span aria-hidden="true">{props.sign} </span>
      {props.children}
    </span>
  );
}

export function Nothing(props: { children: ComponentChildren }) {
  return <p class="nothing">{props.children}</p>;
}

export function strategyAddress(id: string): string {
  return '#/strategy/' + encodeURIComponent(id);
}
