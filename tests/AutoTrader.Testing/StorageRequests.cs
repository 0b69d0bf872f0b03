using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace AutoTrader.Testing;

/// <summary>Says of requests to storage what they are, and sums them up.</summary>
public static partial class StorageRequests
{
    // The hub of host.json, by which the engine names what it keeps.
    private const string Hub = "AutoTrader";

    // What comes less often is in the sums only.
    private const double Rarely = 0.2;

    private static readonly string[] EngineTables = [Hub + "History", Hub + "Instances", Hub + "Partitions"];

    /// <summary>What a request is.</summary>
    public static StorageRequest Of(string service, HttpRequest request, MemoryStream body)
    {
        // The first part of the path is the account.
        var path = request.Path.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToArray();
        var what = service switch
        {
            "table" => Table(path, body),
            "queue" => string.Join('/', path.Take(2).Select(part => Hexadecimal().Replace(part, "ID"))),
            _ => Blob(path),
        };
        var detail = $"{request.Query["comp"]} {request.Headers["x-ms-lease-action"]}".Trim();
        return new(Who(service, what, path), $"{service} {request.Method} {what} {detail}".TrimEnd());
    }

    /// <summary>How many a minute, by who and by what.</summary>
    public static IEnumerable<string> PerMinute(IReadOnlyCollection<StorageRequest> requests, TimeSpan time) =>
        Sums(requests, time.TotalMinutes, "a minute");

    /// <summary>How many for one of so many things that were done, by who and by what.</summary>
    public static IEnumerable<string> Each(IReadOnlyCollection<StorageRequest> requests, int count) => Sums(requests, count, "each");

    private static IEnumerable<string> Sums(IReadOnlyCollection<StorageRequest> requests, double divisor, string unit)
    {
        yield return Line("  all", requests.Count);
        foreach (var who in requests.GroupBy(request => request.Who).OrderByDescending(group => group.Count()))
        {
            yield return Line("  " + who.Key, who.Count());
            var often = who.GroupBy(request => request.What).Where(group => group.Count() / divisor >= Rarely);
            foreach (var what in often.OrderByDescending(group => group.Count()))
            {
                yield return Line("      " + what.Key, what.Count());
            }
        }

        string Line(string name, int count) => string.Create(CultureInfo.InvariantCulture, $"{name}: {count / divisor:0.0} {unit}");
    }

    private static string Table(string[] path, MemoryStream body)
    {
        var name = path is [var first, ..] ? first : "";
        if (name != "$batch")
        {
            return name.Split('(')[0];
        }

        // The tables of a batch stand in its parts.
        var text = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
        return "$batch of " + (BatchTable().Match(text) is { Success: true } match ? match.Groups["table"].Value : "?");
    }

    private static string Blob(string[] path) => Hexadecimal().Replace(string.Join('/', path), "ID");

    private static string Who(string service, string what, string[] path) =>
        service switch
        {
            "queue" => "engine",
            "table" => Array.Exists(EngineTables, table => what.EndsWith(table, StringComparison.OrdinalIgnoreCase)) ? "engine" : "app",
            _ when path.Length == 0 => "app",
            _ when path[0].StartsWith("azure-webjobs", StringComparison.Ordinal) => "host",
            _ when path[0].StartsWith(Hub + "-", StringComparison.OrdinalIgnoreCase) => "engine",
            _ => "app",
        };

    [GeneratedRegex(@"/devstoreaccount1/(?<table>[A-Za-z0-9]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex BatchTable();

    [GeneratedRegex("[0-9a-f]{8,}(-[0-9a-f]{4,})*", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Hexadecimal();
}
