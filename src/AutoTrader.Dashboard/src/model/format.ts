const newYork = 'America/New_York';
const locale = 'en-US';

const dollars = new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD' });
const quantities = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
const percents = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });

type Text = string | null | undefined;

/** Dollars from the decimal text of the API. */
export function money(value: Text): string {
  return value == null ? '–' : dollars.format(Number(value));
}

/** Dollars with a sign, since color alone says nothing. */
export function signedMoney(value: Text): string {
  return value == null ? '–' : (Number(value) > 0 ? '+' : '') + money(value).replace('-', '−');
}

export function quantity(value: Text): string {
  return value == null ? '–' : quantities.format(Number(value));
}

export function percent(value: Text): string {
  return value == null ? '–' : `${percents.format(Number(value))} %`;
}

export function signedPercent(value: Text): string {
  return value == null ? '–' : ((Number(value) > 0 ? '+' : '') + percent(value)).replace('-', '−');
}

export type Trend = 'up' | 'down' | 'flat';

export function trend(value: Text): Trend {
  const number = Number(value ?? 0);
  return number > 0 ? 'up' : number < 0 ? 'down' : 'flat';
}

export const trendSign: Record<Trend, string> = { up: '▲', down: '▼', flat: '■' };

export const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

// Each is made once: making one takes a phone as long as some hundred uses of it, and the page shows hundreds of times every second.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(kind: string, zone: string, language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = kind + zone;
  let known = formatters.get(key);
  if (known === undefined) {
    known = new Intl.DateTimeFormat(language, { timeZone: zone, ...options });
    formatters.set(key, known);
  }
  return known;
}

/** The time of day in a zone: 09:30. */
export function timeIn(zone: string, at: Date, seconds = false): string {
  return seconds
    ? formatter('second', zone, 'en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at)
    : formatter('minute', zone, 'en-GB', { hour: '2-digit', minute: '2-digit' }).format(at);
}

/** The day in a zone: Tue, Feb 3. */
export function dayIn(zone: string, at: Date): string {
  return formatter('day', zone, locale, { weekday: 'short', month: 'short', day: 'numeric' }).format(at);
}

/** The date in a zone as the API writes days: 2026-02-03. */
export function dateIn(zone: string, at: Date): string {
  return formatter('date', zone, 'en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);
}

/** An instant where the viewer is, with New York beside it where that differs. */
export function instant(at: Date, now: Date, zone = viewerZone): { here: string; newYork: string | null } {
  const isToday = dateIn(zone, at) === dateIn(zone, now);
  const here = (isToday ? '' : dayIn(zone, at) + ' ') + timeIn(zone, at);
  const isSameDay = dateIn(newYork, at) === dateIn(zone, at);
  const there = (isSameDay ? '' : dayIn(newYork, at) + ' ') + timeIn(newYork, at);
  return { here, newYork: isSameDay && timeIn(newYork, at) === timeIn(zone, at) ? null : there };
}

/** A span in the two largest units: 2 h 5 min. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) {
    return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  }
  if (hours > 0) {
    return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  }
  return minutes > 0 ? (minutes < 5 && seconds % 60 > 0 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`) : `${seconds} s`;
}

/** snake_case as words. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

export { newYork };
