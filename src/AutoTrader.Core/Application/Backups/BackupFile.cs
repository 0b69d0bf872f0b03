using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Application.Backups;

/// <summary>
/// The file of a backup: JSON lines, compressed with gzip. The first line describes the file, each further line is a row, the last counts
/// the rows and has a SHA-256 over every byte before it, so that a truncated or changed file is detected.
/// </summary>
public sealed record BackupFile
{
    /// <summary>The format that this version writes, and the latest that it reads.</summary>
    public const int Version = 1;

    /// <summary>The largest file that is read, in bytes: what a host takes as one request, with room to spare.</summary>
    public const int MaxLength = 28 * 1024 * 1024;

    /// <summary>The media type of the file.</summary>
    public const string Media = "application/gzip";

    // A few megabytes of gzip could expand to any length.
    private const long MaxText = 512L * 1024 * 1024;

    // A row has at most 1 MiB in storage; written as JSON a character may take six.
    private const int MaxLine = 8 * 1024 * 1024;

    private const string Format = "autotrader-backup";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        // Read into an object, a duplicate name would go unnoticed.
        AllowDuplicateProperties = false,
    };

    /// <summary>Whose it is.</summary>
    public required string Account { get; init; }

    /// <summary>When it was begun (UTC, business time).</summary>
    public required DateTimeOffset TakenAt { get; init; }

    /// <summary>The version of the app that wrote it.</summary>
    public required string AppVersion { get; init; }

    /// <summary>The checksum: names the file.</summary>
    public required string Checksum { get; init; }

    /// <summary>The rows, those that trading depends on first.</summary>
    public required IReadOnlyList<StoredRow> Rows { get; init; }

    /// <summary>Writes a file.</summary>
    public static async Task WriteAsync(
        Stream to,
        string account,
        DateTimeOffset takenAt,
        IAsyncEnumerable<StoredRow> rows,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var text = new GZipStream(to, CompressionLevel.Optimal, leaveOpen: true);
        await LineAsync(new Header(Format, Version, StoredRow.Schema, Core.AppVersion.Current, account, takenAt));
        var count = 0;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            await LineAsync(new Line(row.Table, row.Partition, row.RowKey, Cells.Write(row.Columns)));
            count++;
        }

        await LineAsync(new Trailer(count, Convert.ToHexStringLower(sum.GetCurrentHash())));

        async Task LineAsync(object line)
        {
            byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, line.GetType(), Json), (byte)'\n'];
            sum.AppendData(bytes);
            await text.WriteAsync(bytes, cancellationToken);
        }
    }

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="RefusedException">It is no backup, damaged, or of a newer version; the message says which.</exception>
    public static BackupFile Read(byte[] file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return Read(Lines(file));
        }
        catch (Exception wrong) when (wrong is InvalidDataException or EndOfStreamException)
        {
            throw file is [0x1f, 0x8b, ..] ? Damaged(wrong.Message) : Foreign();
        }
    }

    private static BackupFile Read(IEnumerable<byte[]> lines)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Header? header = null;
        var rows = new List<StoredRow>();
        var keys = new HashSet<(string Table, string Partition, string RowKey)>();
        var before = "";
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (header is null)
            {
                header = HeaderOf(line);
            }
            else if (TrailerOf(line) is { } trailer)
            {
                return trailer.Rows == rows.Count && trailer.Sha256 == before
                    ? new()
                    {
                        Account = header.Account,
                        TakenAt = header.TakenAt.ToUniversalTime(),
                        AppVersion = header.AppVersion,
                        Checksum = trailer.Sha256,
                        Rows = rows,
                    }
                    : throw Damaged("checksum mismatch");
            }
            else
            {
                var row = RowOf(line, number);
                rows.Add(
                    keys.Add(row.Key) ? row : throw Damaged(string.Create(CultureInfo.InvariantCulture, $"line {number} repeats a row"))
                );
            }

            sum.AppendData(line);
            before = Convert.ToHexStringLower(sum.GetCurrentHash());
        }

        throw header is null ? Foreign() : Damaged("the end of the file is missing");
    }

    private static Header HeaderOf(byte[] line)
    {
        if (
            Parse<JsonObject>(line) is not { } head
            || (head["format"] as JsonValue)?.TryGetValue(out string? format) != true
            || format != Format
        )
        {
            throw Foreign();
        }

        // Before anything else of it is read: a newer header may hold other things.
        return (Newer("version", Version) ?? Newer("schema", StoredRow.Schema)) is { } newer
            ? throw newer
            : Parse<Header>(line) ?? throw Damaged("its first line cannot be read");

        RefusedException? Newer(string what, int latest) =>
            // Read as a double: a version may exceed an int.
            head[what] is JsonValue number
            && number.TryGetValue(out double found)
            && found > latest
                ? new(
                    Refusal.Unprocessable,
                    "BACKUP_TOO_NEW",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The backup has {what} {number.ToJsonString()}, written by AutoTrader {head["app_version"]}; this is AutoTrader "
                            + $"{Core.AppVersion.Current}, which reads up to {latest}. Upgrade first. Nothing was changed."
                    )
                )
                : null;
    }

    private static Trailer? TrailerOf(byte[] line) => line.AsSpan().StartsWith("{\"rows\":"u8) ? Parse<Trailer>(line) : null;

    private static StoredRow RowOf(byte[] line, int number) =>
        Parse<Line>(line) is { } row && ColumnsOf(row) is { } columns
            ? new(row.Table, row.Partition, row.Row, columns)
            : throw Damaged(string.Create(CultureInfo.InvariantCulture, $"line {number} cannot be read"));

    private static Dictionary<string, object>? ColumnsOf(Line row) => Readable(() => Cells.Read(row.Columns));

    private static T? Parse<T>(byte[] line)
        where T : class => Readable(() => JsonSerializer.Deserialize<T>(line, Json));

    private static T? Readable<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        // Half a surrogate pair fails only when the text is read.
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    // Each including its line feed.
    private static IEnumerable<byte[]> Lines(byte[] file)
    {
        using var text = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        var buffer = new byte[64 * 1024];
        var line = new List<byte>();
        var length = 0L;
        int read;
        while ((read = text.Read(buffer)) > 0)
        {
            if ((length += read) > MaxText)
            {
                throw new InvalidDataException("it is longer than any backup");
            }

            var rest = buffer.AsMemory(0, read);
            for (var end = rest.Span.IndexOf((byte)'\n'); end >= 0; end = rest.Span.IndexOf((byte)'\n'))
            {
                line.AddRange(rest.Span[..(end + 1)]);
                yield return [.. line];
                line.Clear();
                rest = rest[(end + 1)..];
            }

            line.AddRange(rest.Span);
            if (line.Count > MaxLine)
            {
                throw new InvalidDataException("a line is longer than any row");
            }
        }

        if (line.Count > 0)
        {
            yield return [.. line];
        }
    }

    private static RefusedException Foreign() =>
        new(
            Refusal.Unprocessable,
            "BACKUP_INVALID",
            "This is not an AutoTrader backup: send the file that GET /api/backup returned. Nothing was changed."
        );

    internal static RefusedException Damaged(string how) =>
        new(
            Refusal.Unprocessable,
            "BACKUP_DAMAGED",
            $"The backup is damaged: {how.TrimEnd('.')}. Use another copy or an earlier backup. Nothing was changed."
        );

    private sealed record Header(string Format, int Version, int Schema, string AppVersion, string Account, DateTimeOffset TakenAt);

    private sealed record Line(string Table, string Partition, string Row, JsonObject Columns);

    private sealed record Trailer(int Rows, string Sha256);

    /// <summary>Columns as JSON: texts and flags as they are, all else as an object that names its type, since the type is part of
    /// it.</summary>
    private static class Cells
    {
        public static JsonObject Write(IReadOnlyDictionary<string, object> columns)
        {
            var json = new JsonObject();
            foreach (var (name, value) in columns.OrderBy(column => column.Key, StringComparer.Ordinal))
            {
                json[name] = value switch
                {
                    string text => text,
                    bool flag => flag,
                    int number => new JsonObject { ["int"] = number },
                    long number => new JsonObject { ["long"] = number.ToString(CultureInfo.InvariantCulture) },
                    double number => new JsonObject { ["double"] = number.ToString("R", CultureInfo.InvariantCulture) },
                    DateTimeOffset at => new JsonObject { ["at"] = at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) },
                    Guid id => new JsonObject { ["id"] = id.ToString() },
                    byte[] bytes => new JsonObject { ["bytes"] = Convert.ToBase64String(bytes) },
                    _ => throw new NotSupportedException($"A column holds a {value.GetType().Name}, which no table can."),
                };
            }

            return json;
        }

        public static Dictionary<string, object>? Read(JsonObject json)
        {
            var columns = new Dictionary<string, object>(StringComparer.Ordinal);
            foreach (var (name, value) in json)
            {
                if (ValueOf(value) is not { } cell)
                {
                    return null;
                }

                columns[name] = cell;
            }

            return columns;
        }

        private static object? ValueOf(JsonNode? value) =>
            value switch
            {
                JsonValue text when text.TryGetValue(out string? word) => word,
                JsonValue flag when flag.TryGetValue(out bool truth) => truth,
                JsonObject { Count: 1 } typed when typed.First() is var (type, inner) && inner is JsonValue content => Typed(type, content),
                _ => null,
            };

        private static object? Typed(string type, JsonValue content)
        {
            content.TryGetValue(out string? text);
            var culture = CultureInfo.InvariantCulture;
            return type switch
            {
                "int" => content.TryGetValue(out int number) ? number : null,
                "long" => long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var number) ? number : null,
                "double" => double.TryParse(text, NumberStyles.Float, culture, out var number) ? number : null,
                "at" => DateTimeOffset.TryParse(text, culture, DateTimeStyles.AssumeUniversal, out var at) ? at : null,
                "id" => Guid.TryParse(text, out var id) ? id : null,
                "bytes" => Bytes(text),
                _ => null,
            };
        }

        private static byte[]? Bytes(string? text)
        {
            var bytes = new byte[text?.Length ?? 0];
            return Convert.TryFromBase64String(text ?? "-", bytes, out var length) ? bytes[..length] : null;
        }
    }
}
