import { useEffect, useRef, useState } from 'preact/hooks';
import type { IChartApi, LogicalRange, SeriesMarker, UTCTimestamp } from 'lightweight-charts';
import type { Point } from '../model/equity';

export interface Candle extends Omit<Point, 'value'> {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

export interface Level {
  readonly price: number;
  readonly title: string;
  readonly kind: 'stop' | 'target' | 'watermark' | 'entry' | 'grid';
}

export interface Mark {
  readonly time: number;
  readonly side: 'buy' | 'sell';
  readonly text: string;
}

interface Props {
  readonly label: string;
  /** Green above its first value, red below. */
  readonly line?: readonly Point[];
  /** Whether its points are within a day. */
  readonly intraday?: boolean;
  /** Whether it takes little room. */
  readonly low?: boolean;
  readonly candles?: readonly Candle[];
  readonly levels?: readonly Level[];
  readonly marks?: readonly Mark[];
}

/** A chart of TradingView's library, which is loaded when the first one is shown. What it shows also stands in words beside it. */
export function Chart(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const seen = useRef<LogicalRange | null>(null);
  useEffect(() => {
    let chart: IChartApi | undefined;
    let ended = false;
    import('lightweight-charts').then(
      (library) => {
        if (!ended && place.current !== null) {
          chart = draw(library, place.current, props);
          if (seen.current !== null) {
            chart.timeScale().setVisibleLogicalRange(seen.current);
          }
        }
      },
      () => setFailed(true),
    );
    return () => {
      ended = true;
      // New prices must not undo how someone zoomed.
      seen.current = chart?.timeScale().getVisibleLogicalRange() ?? seen.current;
      chart?.remove();
    };
  }, [props.line, props.candles, JSON.stringify(props.levels), props.marks]);
  return (
    <figure>
      <div ref={place} class={props.low ? 'chart low' : 'chart'} role="img" aria-label={props.label} />
      <figcaption class="quiet">
        {failed ? 'The chart could not be loaded. ' : ''}
        {props.label}. Times are New York. Charts by{' '}
        <a href="https://www.tradingview.com/" rel="noopener noreferrer">
          TradingView
        </a>{' '}
        Lightweight Charts™ (<a href="/api/dashboard/notice.txt">notice</a>).
      </figcaption>
    </figure>
  );
}

function draw(library: typeof import('lightweight-charts'), place: HTMLElement, props: Props): IChartApi {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue('--' + name).trim();
  const chart = library.createChart(place, {
    autoSize: true,
    layout: {
      background: { color: 'transparent' },
      textColor: color('text'),
      // The library's own logo brings an inline style, which the Content-Security-Policy forbids; the caption has the link.
      attributionLogo: false,
    },
    grid: { vertLines: { color: color('line') }, horzLines: { color: color('line') } },
    timeScale: { timeVisible: props.candles !== undefined || props.intraday === true, borderColor: color('line') },
    rightPriceScale: { borderColor: color('line') },
  });
  if (props.line !== undefined) {
    chart
      .addSeries(library.BaselineSeries, {
        baseValue: { type: 'price', price: props.line[0]?.value ?? 0 },
        topLineColor: color('good'),
        bottomLineColor: color('bad'),
      })
      .setData(props.line.map((point) => ({ time: point.time as UTCTimestamp, value: point.value })));
  }
  if (props.candles !== undefined) {
    const series = chart.addSeries(library.CandlestickSeries, {
      upColor: color('good'),
      wickUpColor: color('good'),
      downColor: color('bad'),
      wickDownColor: color('bad'),
      borderVisible: false,
    });
    series.setData(props.candles.map((candle) => ({ ...candle, time: candle.time as UTCTimestamp })));
    for (const level of props.levels ?? []) {
      series.createPriceLine({
        price: level.price,
        title: level.title,
        color: color(level.kind === 'stop' ? 'bad' : level.kind === 'target' ? 'good' : 'text'),
        lineStyle: level.kind === 'grid' ? library.LineStyle.Dotted : library.LineStyle.Dashed,
        lineWidth: 1,
      });
    }
    const marks = (props.marks ?? []).map((mark): SeriesMarker<UTCTimestamp> => ({
      time: mark.time as UTCTimestamp,
      position: mark.side === 'buy' ? 'belowBar' : 'aboveBar',
      shape: mark.side === 'buy' ? 'arrowUp' : 'arrowDown',
      color: color(mark.side === 'buy' ? 'good' : 'bad'),
      text: mark.text,
    }));
    library.createSeriesMarkers(series, marks);
  }
  chart.timeScale().fitContent();
  return chart;
}
