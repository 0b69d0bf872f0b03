import { useState } from 'preact/hooks';
import type { Act } from '../actions/actions';
import type { Overview, Run, Schedule } from '../api/types';
import { agenda, does, partOfDay, rule, stateSign, stateWord, type Day, type EntryState } from '../model/agenda';
import { dayIn, newYork, span, timeIn, viewerZone } from '../model/format';
import { Badge, Nothing, Section, Time } from './parts';
import { ScheduleEditor } from './scheduleEditor';

const levels: Record<EntryState, 'good' | 'bad' | 'warn' | 'plain'> = {
  done: 'good',
  late: 'warn',
  idle: 'plain',
  missed: 'warn',
  failed: 'bad',
  running: 'plain',
  due: 'plain',
  overdue: 'bad',
};

/** Today and the next days with session hours: what was done, missed or late, and what is due. */
export function Agenda(props: {
  overview: Overview;
  runs: ReadonlyMap<string, readonly Run[]>;
  now: Date;
  act: Act;
  changed: () => void;
}) {
  const [edited, edit] = useState<Schedule | 'new' | null>(null);
  const days = agenda(props.overview, props.runs, props.now);
  return (
    <Section id="agenda" title="Schedules" count={props.overview.schedule_count}>
      {props.overview.schedules.length === 0 ? <Nothing>There is no schedule.</Nothing> : null}
      <p class="buttons">
        <button type="button" onClick={() => edit('new')}>
          New schedule…
        </button>
      </p>
      {edited === null ? null : (
        <ScheduleEditor
          schedule={edited === 'new' ? null : edited}
          overview={props.overview}
          changed={props.changed}
          close={() => edit(null)}
        />
      )}
      {days.map((day, index) => (
        <DayView key={day.date} day={day} now={props.now} isToday={index === 0} />
      ))}
      {props.overview.schedules.length === 0 ? null : (
        <details>
          <summary>All schedules</summary>
          <ul class="rows">
            {props.overview.schedules.map(({ schedule }) => (
              <li key={schedule.id} class="row">
                <h3>
                  {schedule.name ?? schedule.id} <span class="quiet">{does(schedule)}</span>
                </h3>
                <p>
                  {schedule.enabled ? (
                    <Badge level="good" sign="●">
                      on
                    </Badge>
                  ) : (
                    <Badge level="warn" sign="‖">
                      PAUSED
                    </Badge>
                  )}{' '}
                  {rule(schedule)}
                  {schedule.next_run !== null && schedule.enabled ? (
                    <>
                      , next <Time at={schedule.next_run} now={props.now} ago />
                    </>
                  ) : null}
                </p>
                {schedule.note === null ? null : <p class="quiet">{schedule.note}</p>}
                <p class="buttons">
                  <button
                    type="button"
                    onClick={() => props.act({ kind: schedule.enabled ? 'pause_schedule' : 'resume_schedule', schedule: schedule.id })}
                  >
                    {schedule.enabled ? 'Pause' : 'Resume'} {schedule.id}…
                  </button>
                  <button type="button" onClick={() => props.act({ kind: 'trigger', schedule: schedule.id })}>
                    Run {schedule.id} now…
                  </button>
                  <button type="button" onClick={() => edit(schedule)}>
                    Change when {schedule.id} is due…
                  </button>
                  <button type="button" onClick={() => props.act({ kind: 'delete_schedule', schedule: schedule.id })}>
                    Delete {schedule.id}…
                  </button>
                </p>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

function DayView(props: { day: Day; now: Date; isToday: boolean }) {
  const { day, now } = props;
  const noon = new Date(day.date + 'T17:00:00Z');
  return (
    <div class="day">
      <h3>
        {props.isToday ? 'Today, ' : ''}
        {dayIn('UTC', noon)} <span class="quiet">{day.session === null ? 'no session' : <SessionHours day={day} />}</span>
      </h3>
      <Strip day={day} now={props.isToday ? now : null} />
      {day.entries.length === 0 ? (
        <Nothing>Nothing is due.</Nothing>
      ) : (
        <ul class="entries">
          {day.entries.map((entry) => (
            <li key={entry.schedule.id + entry.at.toISOString()} class={entry.state}>
              <Badge level={levels[entry.state]} sign={stateSign[entry.state]}>
                {stateWord[entry.state]}
              </Badge>{' '}
              <Time at={entry.at} now={props.isToday ? now : noon} />
              {entry.state === 'due' && props.isToday ? (
                <span class="ago"> in {span(entry.at.getTime() - now.getTime())}</span>
              ) : null}{' '}
              <strong>{entry.schedule.name ?? entry.schedule.id}</strong> {does(entry.schedule)}
              {entry.remark === null || entry.remark === '' ? null : <span class="quiet"> · {entry.remark}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function SessionHours(props: { day: Day }) {
  const session = props.day.session;
  if (session === null) {
    return null;
  }
  const hours = (zone: string): string => `${timeIn(zone, new Date(session.open))}–${timeIn(zone, new Date(session.close))}`;
  return (
    <>
      session {hours(viewerZone)}
      {hours(viewerZone) === hours(newYork) ? '' : ` (${hours(newYork)} NY)`}
      {session.early_close ? ', closes early' : ''}
    </>
  );
}

/** The New York day from midnight to midnight: the session as a band, occurrences as marks, now as a line. The list below says the same. */
function Strip(props: { day: Day; now: Date | null }) {
  const { session, entries } = props.day;
  const x = (at: Date | string): number => Math.round(partOfDay(new Date(at)) * 1000);
  return (
    <svg class="strip" viewBox="0 0 1000 28" preserveAspectRatio="none" aria-hidden="true">
      <rect class="closed" x="0" y="6" width="1000" height="16" />
      {session === null ? null : <rect class="open" x={x(session.open)} y="6" width={x(session.close) - x(session.open)} height="16" />}
      {entries.map((entry) => (
        <rect
          key={entry.schedule.id + entry.at.toISOString()}
          class={'mark ' + entry.state}
          x={x(entry.at) - 3}
          y="2"
          width="6"
          height="24"
        />
      ))}
      {props.now === null ? null : <rect class="now" x={x(props.now) - 1} y="0" width="3" height="28" />}
    </svg>
  );
}
