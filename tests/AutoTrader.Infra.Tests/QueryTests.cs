using System.Text.Json.Nodes;
using AutoTrader.InfraDocs;

namespace AutoTrader.Infra.Tests;

/// <summary>The queries of the workbook and of the alerts: Kusto's own parser reads them, and they name only what the code tells.</summary>
public sealed class QueryTests
{
    // The columns of Azure Monitor that the queries may use.
    private static readonly Dictionary<string, string> Tables = new(StringComparer.Ordinal)
    {
        ["AppTraces"] =
            "(TimeGenerated: datetime, Message: string, SeverityLevel: int, Properties: dynamic, OperationId: string, "
            + "OperationName: string, AppRoleName: string, AppRoleInstance: string)",
        ["AppExceptions"] =
            "(TimeGenerated: datetime, ProblemId: string, ExceptionType: string, OuterMessage: string, "
            + "SeverityLevel: int, Properties: dynamic, OperationId: string, OperationName: string, "
            + "AppRoleName: string, AppRoleInstance: string)",
        ["AppMetrics"] =
            "(TimeGenerated: datetime, Name: string, ItemCount: int, Sum: real, Min: real, Max: real, "
            + "Properties: dynamic, AppRoleName: string, AppRoleInstance: string)",
        ["AppAvailabilityResults"] =
            "(TimeGenerated: datetime, Name: string, Location: string, Success: bool, Message: string, "
            + "DurationMs: real, Properties: dynamic)",
        ["Usage"] = "(TimeGenerated: datetime, DataType: string, Quantity: real, QuantityUnit: string, IsBillable: bool)",
        ["_LogOperation"] =
            "(TimeGenerated: datetime, Category: string, Operation: string, Level: string, Detail: string, _ResourceId: string)",
    };

    // Words of Azure Monitor and of Kusto, and what stands between words.
    private static readonly string[] NotOurs = ["Ingestion", "OverQuota", "d.hh:mm:ss", ": ", " ", ". ", " by "];

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Texts = new(() =>
        Directory
            .EnumerateFiles(Path.Combine(Bicep.InfraFolder, "monitoring"), "*.kql", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetFileName(path), File.ReadAllText, StringComparer.Ordinal)
    );

    [Fact]
    public async Task Every_query_is_one_and_names_only_what_the_code_tells()
    {
        var read = await ReadAsync(Texts.Value);
        read.Count.ShouldBeGreaterThan(20);
        read.SelectMany(it => Problems(it.Key, it.Value!)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_query_that_names_anything_else_is_found()
    {
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AppMetrics | where Name == 'autotrader.cycle.duratoin'"] = "autotrader.cycle.duratoin is no instrument",
            ["AppMetrics | where Name == 'autotrader.orders' | project tostring(Properties.kind)"] = "kind is no dimension",
            ["AppTraces | where toint(Properties.EventId) == 999"] = "999 is no event",
            ["AppTraces | where toint(Properties.EventId) == 1101 | project tostring(Properties.Symbol)"] = "Symbol is no field",
            ["AppTraces | where tostring(Properties.Code) == 'UNPROTECTD'"] = "UNPROTECTD is no word",
            ["AppTraces | where tostring(Properties['Code']) == 'UNPROTECTED'"] = "is no field",
            ["AppMetrics | where Naem == 'autotrader.orders'"] = "Naem",
            ["AppMetrics | summarise count()"] = "Error",
        };
        var read = await ReadAsync(wrong.Keys.ToDictionary(query => query, StringComparer.Ordinal));
        foreach (var (query, problem) in wrong)
        {
            Problems("", read[query]!).ShouldContain(it => it.Contains(problem, StringComparison.Ordinal), query);
        }
    }

    [Fact]
    public void Every_query_is_in_the_workbook_or_in_an_alert()
    {
        var alerts = Deployments
            .Alpaca.OfType("Microsoft.Insights/scheduledQueryRules")
            .Select(rule => (string)rule["properties"]!["criteria"]!["allOf"]![0]!["query"]!);
        var shown = Workbook.Queries.Concat(alerts).Select(query => query.ReplaceLineEndings("\n").Trim()).ToList();
        shown.ShouldBe(Texts.Value.Values.Select(text => text.ReplaceLineEndings("\n").Trim()), ignoreOrder: true);
    }

    [Fact]
    public void Everything_that_is_measured_is_known_to_the_tests() =>
        EmittedNames.Instruments.Count.ShouldBe(EmittedNames.InstrumentsInSources);

    private static async Task<JsonObject> ReadAsync(IReadOnlyDictionary<string, string> texts)
    {
        var input = new JsonObject
        {
            ["tables"] = new JsonObject(Tables.Select(it => KeyValuePair.Create(it.Key, (JsonNode?)it.Value))),
            ["queries"] = new JsonObject(texts.Select(it => KeyValuePair.Create(it.Key, (JsonNode?)it.Value))),
        };
        return (await Checks.RunAsync("queries", input)).AsObject();
    }

    private static IEnumerable<string> Problems(string file, JsonNode query)
    {
        var instruments = Strings(query["instruments"]!);
        var events = query["eventIds"]!.AsArray().Select(it => (int)it!).ToList();
        var dimensions = instruments
            .SelectMany(name => EmittedNames.Instruments.GetValueOrDefault(name) ?? new HashSet<string>())
            .ToHashSet(StringComparer.Ordinal);
        var fields = (
            events.Count > 0
                ? events.Select(id => EmittedNames.Events.GetValueOrDefault(id) ?? new HashSet<string>())
                : EmittedNames.Events.Values
        )
            .SelectMany(it => it)
            .Concat(EmittedNames.OfEveryEvent)
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. Strings(query["errors"]!).Select(error => $"{file}: {error}"),
            .. instruments.Where(name => !EmittedNames.Instruments.ContainsKey(name)).Select(name => $"{file}: {name} is no instrument"),
            .. events.Where(id => !EmittedNames.Events.ContainsKey(id)).Select(id => $"{file}: {id} is no event"),
            .. Strings(query["properties"]!)
                .Where(name => instruments.Count > 0 ? !dimensions.Contains(name) : !fields.Contains(name))
                .Select(name =>
                    instruments.Count > 0
                        ? $"{file}: {name} is no dimension of its instruments"
                        : $"{file}: {name} is no field of its events"
                ),
            .. Strings(query["strings"]!)
                .Where(word => !instruments.Contains(word) && !NotOurs.Contains(word, StringComparer.Ordinal) && !EmittedNames.IsWord(word))
                .Select(word => $"{file}: {word} is no word of the code"),
        ];
    }

    private static List<string> Strings(JsonNode list) => [.. list.AsArray().Select(it => (string)it!)];
}
