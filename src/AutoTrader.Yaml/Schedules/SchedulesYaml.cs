using AutoTrader.Core.Application;
using AutoTrader.Core.Schedules;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml.Schedules;

/// <summary>A schedule that was read.</summary>
/// <param name="Schedule">
/// The schedule: sound by <see cref="ScheduleValidation"/>. <see cref="Schedule.LastRun"/>, <see cref="Schedule.NextRun"/> and
/// <see cref="Schedule.RunCount"/> are the file's values; the import computes the next occurrence again.
/// </param>
/// <param name="Line">The line on which it begins, counted from one.</param>
public sealed record ImportedSchedule(Schedule Schedule, int Line);

/// <summary>What an import found: the good records, and what to know about all of them.</summary>
/// <param name="Schedules">The schedules that were read, in the order of the file.</param>
/// <param name="Problems">Errors and warnings, in the order of the file.</param>
public sealed record SchedulesImport(IReadOnlyList<ImportedSchedule> Schedules, IReadOnlyList<ImportProblem> Problems)
{
    /// <summary>Whether something in the file was not imported.</summary>
    public bool HasErrors => Problems.Any(problem => problem.Severity == ImportSeverity.Error);
}

/// <summary>
/// The file form of schedules: <c>schedules.yaml</c>, a list <c>schedules</c>. Reading never throws for what a file holds: every bad record
/// is reported by id, line and field with a fix, and the others are returned. The revision and the instants of creation and edit are not
/// part of the file.
/// </summary>
public static class SchedulesYaml
{
    /// <summary>The most characters (or bytes) of a file.</summary>
    public const int MaxLength = YamlRecords.MaxLength;

    private const string Root = "schedules";

    /// <summary>Reads a file.</summary>
    /// <param name="utf8">Its bytes: UTF-8, with or without a byte order mark.</param>
    /// <param name="now">The present instant (UTC): the records get it as that of their creation.</param>
    public static SchedulesImport Read(ReadOnlySpan<byte> utf8, DateTimeOffset now)
    {
        var log = new ImportLog();
        return Read(YamlRecords.Read(utf8, Root, log), now, log);
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">The present instant (UTC): the records get it as that of their creation.</param>
    public static SchedulesImport Read(string text, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(text);
        var log = new ImportLog();
        return Read(YamlRecords.Read(text, Root, log), now, log);
    }

    /// <summary>Writes schedules as a file, without unset fields and defaults. Instants are UTC with their offset.</summary>
    public static string Write(IEnumerable<Schedule> schedules) =>
        RecordWriter.Write(Root, schedules, (to, schedule) => new SchedulesYamlWriter(to).Record(schedule));

    private static SchedulesImport Read(IReadOnlyList<YamlMap?> records, DateTimeOffset now, ImportLog log)
    {
        var schedules = new List<ImportedSchedule>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var record in records.OfType<YamlMap>())
        {
            if (One(record, now, lines, log) is { } schedule)
            {
                schedules.Add(new(schedule, record.Line));
            }
        }

        return new(schedules, log.Problems);
    }

    private static Schedule? One(YamlMap record, DateTimeOffset now, Dictionary<string, int> lines, ImportLog log)
    {
        var id = record.WrittenId;
        var shown = id is null ? null : ImportLog.Display(id);
        var fields = new RecordFields(record, ScheduleReader.Known, shown, "", log);
        if (id is not null && !lines.TryAdd(id, record.Line))
        {
            fields.Error(
                "id",
                "duplicate_id",
                FormattableString.Invariant($"Its id is also that of the schedule on line {lines[id]}."),
                "Give it another id."
            );
            return null;
        }

        return new ScheduleReader(fields, shown, log).Read(now);
    }
}
