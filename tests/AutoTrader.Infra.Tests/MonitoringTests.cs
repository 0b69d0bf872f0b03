using AutoTrader.InfraDocs;

namespace AutoTrader.Infra.Tests;

/// <summary>The workbook answers in the right order, and who is woken by an alert is told what to do.</summary>
public sealed class MonitoringTests
{
    // What the alerts are to find, by name and title.
    private static readonly Dictionary<string, string> Wanted = new(StringComparer.Ordinal)
    {
        ["no-cycle"] = "No cycle for five minutes in a session",
        ["health"] = "Health is not 200",
        ["attention-high"] = "Attention of high severity",
        ["unprotected"] = "Shares without protection",
        ["order-unknown"] = "Order with unknown outcome for five minutes",
        ["schedule-missed"] = "Schedule missed or failed",
        ["daily-loss"] = "Daily loss latched",
        ["kill-switch"] = "Kill switch set",
        ["delivery-failing"] = "Notifications are not delivered",
        ["storage-throttled"] = "Storage throttled",
        ["daily-cap"] = "Daily cap of logs reached",
    };

    private static readonly Lazy<string[]> Operations = new(() => File.ReadAllLines(Path.Combine(Bicep.Top, "docs", "operations.md")));

    public static TheoryData<string> Alerts => [.. Wanted.Keys];

    [Fact]
    public void The_workbook_answers_what_matters_first() =>
        Workbook.Headings.ShouldBe([
            "Is it running?",
            "Is everything protected?",
            "What is due next?",
            "What did it do today?",
            "What did it cost?",
            "What is wrong?",
        ]);

    [Fact]
    public void There_is_an_alert_for_everything_that_must_wake_somebody_and_it_reaches_them()
    {
        var alerts = Deployments
            .Alpaca.OfType("Microsoft.Insights/scheduledQueryRules")
            .Concat(Deployments.Alpaca.OfType("Microsoft.Insights/metricAlerts"))
            .ToList();
        alerts.Select(alert => (string)alert["name"]!).ShouldBe(Wanted.Keys, ignoreOrder: true);
        var group = (string)Deployments.Alpaca.OfType("Microsoft.Insights/actionGroups").Single()["id"]!;
        foreach (var alert in alerts)
        {
            ((bool)alert["properties"]!["enabled"]!).ShouldBeTrue();
            alert["properties"]!["actions"]!.ToJsonString().ShouldContain(group);
        }
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void An_alert_says_what_to_do_and_has_a_runbook_of_its_name(string name)
    {
        var alerts = Deployments
            .Alpaca.OfType("Microsoft.Insights/scheduledQueryRules")
            .Concat(Deployments.Alpaca.OfType("Microsoft.Insights/metricAlerts"));
        var properties = alerts.Single(alert => (string)alert["name"]! == name)["properties"]!;
        ((string?)properties["displayName"] ?? Wanted[name]).ShouldBe(Wanted[name]);
        var text = (string)properties["description"]!;
        text.Length.ShouldBeGreaterThan(80);
        text.ShouldEndWith($"More: docs/operations.md, \"{Wanted[name]}\".");
        var at = Array.IndexOf(Operations.Value, "### " + Wanted[name]);
        at.ShouldBeGreaterThan(0, $"docs/operations.md lacks the section {Wanted[name]}");
        Operations
            .Value.Skip(at + 1)
            .TakeWhile(line => !line.StartsWith('#'))
            .Sum(line => line.Length)
            .ShouldBeGreaterThan(150, "a runbook says more than the alert");
    }

    [Fact]
    public void Alerts_look_as_often_as_was_asked_for_and_not_beyond_what_Azure_allows()
    {
        foreach (var rule in Deployments.Alpaca.OfType("Microsoft.Insights/scheduledQueryRules"))
        {
            ((string)rule["properties"]!["evaluationFrequency"]!).ShouldBe("PT15M");
            ((string?)rule["properties"]!["overrideQueryTimeRange"])?.ShouldBeOneOf("PT1H", "PT2H", "P2D");
        }

        Deployments
            .Live.OfType("Microsoft.Insights/scheduledQueryRules")
            .ShouldAllBe(rule => (string)rule["properties"]!["windowSize"]! == "PT5M");
    }
}
