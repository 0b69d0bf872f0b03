using System.Text.Json.Nodes;
using AutoTrader.Brokers.Alpaca;
using AutoTrader.Brokers.Tests.Alpaca.Server;
using AutoTrader.Core.Portfolio;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>Cash activities: every type has its kind, lists are read whole, and one that cannot be read does not hide the others.</summary>
public sealed class CashRules : WorldTest, IAsyncLifetime
{
    private AlpacaSetup _alpaca = null!;

    private AlpacaBroker Broker => _alpaca.Broker;

    private AlpacaExchange Exchange => _alpaca.Server.Exchange;

    public async ValueTask InitializeAsync() => _alpaca = await AlpacaSetup.StartAsync(_world);

    public async ValueTask DisposeAsync()
    {
        await _alpaca.DisposeAsync();
        Dispose();
    }

    [Theory]
    [InlineData("FEE", CashActivityKind.Fee)]
    [InlineData("CFEE", CashActivityKind.Fee)]
    [InlineData("PTC", CashActivityKind.Fee)]
    [InlineData("PTR", CashActivityKind.Fee)]
    [InlineData("DIV", CashActivityKind.Dividend)]
    [InlineData("DIVCGL", CashActivityKind.Dividend)]
    [InlineData("DIVFEE", CashActivityKind.Dividend)]
    [InlineData("DIVNRA", CashActivityKind.Dividend)]
    [InlineData("CGD", CashActivityKind.Dividend)]
    [InlineData("INT", CashActivityKind.Interest)]
    [InlineData("INTNRA", CashActivityKind.Interest)]
    [InlineData("CSD", CashActivityKind.Transfer)]
    [InlineData("CSW", CashActivityKind.Transfer)]
    [InlineData("TRANS", CashActivityKind.Transfer)]
    [InlineData("ACATC", CashActivityKind.Transfer)]
    [InlineData("ACATS", CashActivityKind.Transfer)]
    [InlineData("JNL", CashActivityKind.Journal)]
    [InlineData("JNLC", CashActivityKind.Journal)]
    [InlineData("JNLS", CashActivityKind.Journal)]
    [InlineData("MISC", CashActivityKind.Other)]
    [InlineData("REORG", CashActivityKind.Other)]
    [InlineData("SPLIT", CashActivityKind.Other)]
    [InlineData("XYZZY", CashActivityKind.Other)]
    public void Every_documented_type_has_a_kind_and_an_unknown_one_is_other(string type, CashActivityKind kind) =>
        AlpacaActivities.Kind(type).ShouldBe(kind);

    [Fact]
    public async Task Amount_date_symbol_and_word_are_kept_as_they_came()
    {
        Move("DIV", 5.10m, symbol: "AAA", subType: "CDIV");
        Move("XYZZY", -0.01m);
        var listed = await ReadAsync();
        listed[0]
            .ShouldBe(
                new()
                {
                    Id = "20260202::0",
                    Kind = CashActivityKind.Dividend,
                    Type = "DIV",
                    Amount = 5.10m,
                    Day = World.Today.Day,
                    Symbol = "AAA",
                    Note = "CDIV",
                }
            );
        listed[1]
            .ShouldBe(
                new()
                {
                    Id = "20260202::1",
                    Kind = CashActivityKind.Other,
                    Type = "XYZZY",
                    Amount = -0.01m,
                    Day = World.Today.Day,
                }
            );
    }

    [Fact]
    public async Task Executions_are_not_among_them_and_they_are_not_among_executions()
    {
        Exchange.FillsOnArrival = true;
        _world.Flat(0, 100);
        await Broker.SubmitAsync("at-s-1", Buy(10), default);
        Move("FEE", -0.03m);
        (await ReadAsync()).ShouldHaveSingleItem().Type.ShouldBe("FEE");
        (await Broker.GetExecutionsAsync(World.Today.Open, default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task They_are_read_to_the_last_page_each_once()
    {
        for (var i = 0; i < 250; i++)
        {
            Move("FEE", -0.01m);
        }

        var listed = await ReadAsync();
        listed.Select(activity => activity.Id).Distinct().Count().ShouldBe(250);
        listed.Count.ShouldBe(250);
        _alpaca.Server.Count("GET /v2/account/activities").ShouldBe(3);
    }

    [Fact]
    public async Task A_record_that_is_listed_twice_counts_once()
    {
        Move("FEE", -0.01m);
        Exchange.MoveCash(Exchange.CashMoves[0] with { Amount = 0 });
        (await ReadAsync()).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("""{"activity_type":"FEE","net_amount":"-1","date":"2026-02-02"}""")]
    [InlineData("""{"id":null,"activity_type":"FEE","net_amount":"-1","date":"2026-02-02"}""")]
    [InlineData("""{"id":"x","net_amount":"-1","date":"2026-02-02"}""")]
    [InlineData("""{"id":"x","activity_type":null,"net_amount":"-1","date":"2026-02-02"}""")]
    [InlineData("""{"id":"x","activity_type":"FEE","net_amount":"one","date":"2026-02-02"}""")]
    [InlineData("""{"id":"x","activity_type":"FEE","net_amount":"1e40","date":"2026-02-02"}""")]
    [InlineData("""{"id":"x","activity_type":"FEE","net_amount":"79228162514264337593543950335","date":"2026-02-02"}""")]
    [InlineData("""{"id":"x","activity_type":"FEE","net_amount":"-1","date":"yesterday"}""")]
    [InlineData("""{"id":"x","activity_type":"FEE","net_amount":"-1"}""")]
    [InlineData("""{"id":"x","activity_type":"FEE","net_amount":"-1","date":"2026-02-02","currency":"EUR"}""")]
    [InlineData("""["no object"]""")]
    public async Task One_that_cannot_be_read_is_told_and_does_not_hide_the_others(string json)
    {
        Move("FEE", -0.01m);
        Exchange.MoveCash(new("bad", "FEE", 0, _world.Clock.GetUtcNow()) { Instead = JsonNode.Parse(json) });
        Move("FEE", -0.02m);
        (await ReadAsync()).Select(activity => activity.Amount).ShouldBe([-0.01m, -0.02m]);
        _alpaca.Log.Lines.ShouldContain(line => line.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_whole_page_that_ends_in_one_without_an_id_is_not_taken_for_the_last()
    {
        for (var i = 0; i < 99; i++)
        {
            Move("FEE", -0.01m);
        }

        Exchange.MoveCash(new("bad", "FEE", 0, _world.Clock.GetUtcNow()) { Instead = new JsonObject() });
        Move("FEE", -0.02m);
        (await ReadAsync()).Count.ShouldBe(100);
    }

    [Fact]
    public async Task A_canceled_one_moves_nothing()
    {
        Exchange.MoveCash(
            new("x", "FEE", 0, _world.Clock.GetUtcNow())
            {
                Instead = new JsonObject
                {
                    ["id"] = "x",
                    ["activity_type"] = "FEE",
                    ["net_amount"] = "-5",
                    ["date"] = "2026-02-02",
                    ["status"] = "canceled",
                },
            }
        );
        (await ReadAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_execution_without_an_id_does_not_hide_the_others()
    {
        Exchange.FillsOnArrival = true;
        _world.Flat(0, 100);
        await Broker.SubmitAsync("at-s-1", Buy(10), default);
        Exchange.MoveCash(
            new("bad", "FILL", 0, _world.Clock.GetUtcNow())
            {
                Instead = new JsonObject { ["activity_type"] = "FILL", ["type"] = "fill" },
            }
        );
        (await Broker.GetExecutionsAsync(World.Today.Open.AddDays(-1), default)).ShouldHaveSingleItem();
    }

    private Task<IReadOnlyList<CashActivity>> ReadAsync() => Broker.GetCashActivitiesAsync(World.Today.Day, default);

    private void Move(string type, decimal amount, string? symbol = null, string? subType = null) =>
        Exchange.MoveCash(
            new($"20260202::{Exchange.CashMoves.Count}", type, amount, _world.Clock.GetUtcNow()) { Symbol = symbol, SubType = subType }
        );
}
