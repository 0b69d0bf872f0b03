using System.Diagnostics.Metrics;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Observability;
using AutoTrader.Functions.Scheduling;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.Functions.Tests.Observability;

/// <summary>The console of the app: one line per event, with the time in New York.</summary>
public sealed class EngineEventLogTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 7, 6, 13, 31, 0, TimeSpan.Zero);

    private readonly KeptLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void An_event_is_one_line_with_new_york_time_and_its_kind_as_event_id()
    {
        Log().Publish(new(EngineEventKind.OrderFilled, At, "acme", "ACME", "acme filled: buy 40 ACME market at 100.04"));
        var line = _log.Entries.ShouldHaveSingleItem();
        (line.Level, line.Id.Id).ShouldBe((LogLevel.Information, 1003));
        line.Text.ShouldBe("Mon 2026-07-06 09:31 NY  acme filled: buy 40 ACME market at 100.04");
        line.Fields["Symbol"].ShouldBe("ACME");
    }

    [Fact]
    public void What_needs_the_users_eye_is_a_warning()
    {
        Log().Publish(new(EngineEventKind.AttentionRaised, At, null, null, "look"));
        _log.Entries.ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Warning);
    }

    [Fact]
    public void How_much_it_needs_somebody_is_a_field_of_its_own()
    {
        Log().Publish(new(EngineEventKind.AttentionRaised, At, null, null, "look", null, new("UNPROTECTED", "strategy|a", "look", At)));
        _log.Entries.ShouldHaveSingleItem().Fields["Severity"].ShouldBe("high");
    }

    [Theory]
    [InlineData(ScheduleRun.NoOp, "no_op")]
    [InlineData("too_late", "skipped")]
    public void A_schedule_that_had_nothing_to_do_is_not_logged_as_skipped(string code, string status)
    {
        using var services = new ServiceCollection().AddMetrics().AddSingleton<Telemetry>().BuildServiceProvider();
        new ScheduleEventLog(_log, services.GetRequiredService<Telemetry>()).RunEnded(
            new()
            {
                ScheduleId = "lift",
                Planned = At,
                StartedAt = At,
                Cause = ScheduleRun.Scheduled,
                Task = new(ScheduleAction.KillSwitchOff),
                Status = RunStatus.Skipped,
                Code = code,
            }
        );
        var line = _log.Entries.ShouldHaveSingleItem();
        (line.Id.Id, line.Fields["Status"]).ShouldBe((1101, status));
    }

    [Fact]
    public void A_cycle_is_one_line_and_an_idle_one_outside_the_session_only_for_debugging()
    {
        var record = new CycleRecord
        {
            Planned = At,
            StartedAt = At,
            Cause = "timer",
            Holder = "h",
            MarketOpen = true,
            Evaluated = 5,
            Submitted = 2,
            DurationMs = 34,
        };
        Log().CycleEnded(record);
        Log().CycleEnded(record with { MarketOpen = false, Submitted = 0 });
        Log().CycleEnded(record with { Error = "no storage" });
        _log.Entries.Select(line => line.Level).ShouldBe([LogLevel.Information, LogLevel.Debug, LogLevel.Error]);
        _log.Entries[0]
            .Text.ShouldBe("Mon 2026-07-06 09:31 NY  cycle open: 5 evaluated, 2 sent, 0 canceled, 0 filled, 0 to look at, 34 ms");
        _log.Entries[2].Text.ShouldContain("no storage");
    }

    [Fact]
    public void The_console_marks_what_is_wrong_and_keeps_a_message_on_its_line()
    {
        var formatter = new LineFormatter(EngineEventLog.Category);
        Format(EngineEventLog.Category, LogLevel.Information, "Mon 09:31").ShouldBe("Mon 09:31\n");
        Format("AutoTrader.Functions.Hosting.FirstImport", LogLevel.Warning, "a\r\nb").ShouldBe("! FirstImport: a b\n");

        string Format(string category, LogLevel level, string text)
        {
            using var writer = new StringWriter { NewLine = "\n" };
            formatter.Write(new LogEntry<string>(level, category, default, text, null, (state, _) => state), null, writer);
            return writer.ToString();
        }
    }

    private EngineEventLog Log() =>
        new(_log, new Telemetry(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()));
}
