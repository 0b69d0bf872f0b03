using System.Text.Json;
using AutoTrader.Contracts;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Api;

namespace AutoTrader.Functions.Tests.Api;

public sealed class RequestRecordTests
{
    [Fact]
    public void Every_member_of_a_request_is_described()
    {
        var bare = Endpoints
            .All.SelectMany(endpoint =>
                endpoint.Parameters.Concat(endpoint.Members).SelectMany(member => member.Parts.Prepend(member)).Select(it => (endpoint, it))
            )
            .Where(it => it.it.Description.Length == 0)
            .Select(it => $"{it.endpoint.Function} {it.it.Name}");
        bare.ShouldBeEmpty();
    }

    [Fact]
    public void The_client_can_write_every_member_that_may_be_left_out()
    {
        foreach (var member in Endpoints.All.SelectMany(endpoint => endpoint.Members).Where(member => member.IsOptional))
        {
            ContractJson.Requests.GetTypeInfo(member.Type).ShouldNotBeNull();
        }

        Write(new SchedulePatch { Misfire = Misfire.Skip, MaxRuns = 3, TaskData = new TaskDataView { Qty = 2 } })
            .ShouldBe("""{"misfire":"skip","task_data":{"qty":"2"},"max_runs":3}""");
    }

    [Fact]
    public void What_was_left_out_is_not_written_and_what_is_cleared_is_null()
    {
        Write(new SchedulePatch()).ShouldBe("{}");
        Write(new SchedulePatch { Name = null, MaxRuns = null, TaskData = null })
            .ShouldBe("""{"name":null,"task_data":null,"max_runs":null}""");
        Write(new ReasonRequest()).ShouldBe("{}");
        Write(new ReasonRequest(Optional.Of((string?)null))).ShouldBe("{}");
        Write(new StrategyChange { Notes = Optional.OfClearable((string?)null), TrailingStopPct = 2.50m })
            .ShouldBe("""{"trailing_stop_pct":"2.5"}""");
    }

    [Theory]
    [InlineData("1e-30", "has at most 10 decimals")]
    [InlineData("0.12345678901", "has at most 10 decimals")]
    [InlineData("\"1,5\"", "must be a number")]
    [InlineData("1e999", "must be a number")]
    [InlineData("true", "must be a number")]
    public void A_number_that_would_not_be_kept_as_it_is_is_refused(string json, string problem) =>
        Should
            .Throw<JsonException>(() => JsonSerializer.Deserialize(json, ContractJson.Requests.GetTypeInfo(typeof(decimal))))
            .Message.ShouldContain(problem);

    private static string Write<T>(T request) => JsonSerializer.Serialize(request, ContractJson.Requests.GetTypeInfo(typeof(T)));
}
