import type { OneStrategy } from '../api/types';
import { money, quantity, words } from './format';

type Entry = Pick<OneStrategy, 'entry_type' | 'entry_price' | 'entry_condition'>;

const comparisons: Record<string, string> = {
  '<': 'is below',
  '<=': 'is at or below',
  '>': 'is above',
  '>=': 'is at or above',
};

const bars: Record<string, string> = {
  '1min': '1-minute bars',
  '5min': '5-minute bars',
  '15min': '15-minute bars',
  '1hour': 'hourly bars',
  '1day': 'daily bars',
};

/** How a strategy enters, in words. */
export function entry(strategy: Entry): string {
  if (strategy.entry_condition !== null) {
    return `at market ${condition(strategy.entry_condition)}`;
  }
  return strategy.entry_price !== null ? `${words(strategy.entry_type)} at ${money(strategy.entry_price)}` : `at ${words(strategy.entry_type)}`;
}

/** A condition in words; one of another form as it is written. */
function condition(text: string): string {
  const price = /^(below|above):\s*([\d.]+)$/i.exec(text.trim());
  if (price !== null) {
    return `when the price is ${money(price[2])} or ${price[1]!.toLowerCase() === 'below' ? 'lower' : 'higher'}`;
  }
  const compared = /^([^<>@]+?)\s*([<>]=?)\s*([^<>=@][^<>@]*?)\s*(?:@\s*(\w+))?$/.exec(text.trim());
  const length = bars[(compared?.[4] ?? '1Min').toLowerCase()];
  return compared === null || length === undefined
    ? `when ${text}`
    : `while ${side(compared[1]!)} ${comparisons[compared[2]!]} ${side(compared[3]!)}, on ${length}`;
}

/** A number, the close, or an indicator with its values: sma:20, bbands.bbl:20,2. */
function side(text: string): string {
  if (!Number.isNaN(Number(text))) {
    return quantity(text).replace('-', '−');
  }
  if (text.toLowerCase() === 'close') {
    return 'the close';
  }
  const [name = '', values] = text.split(':');
  const [indicator = '', output] = name.toUpperCase().replaceAll('_', ' ').split('.');
  const called = output === undefined ? indicator : `${output} of ${indicator}`;
  return values === undefined ? called : `${called} (${values.split(',').join(', ')})`;
}
