using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests.Schedules;

/// <summary>Two hundred schedules of one instant.</summary>
[Collection(BriskCollection.Name)]
public sealed class CrowdTests(BriskApp app) : HostTest(app)
{
    private const int Count = 100;

    [Fact]
    public async Task Two_hundred_schedules_of_one_instant_fire_once_each()
    {
        var at = Rules.In(TimeSpan.FromSeconds(45));
        var orders = await Crowd.CreateAsync(app, "order", Count, _ => Rules.Order(Rules.At(at)));
        var messages = await Crowd.CreateAsync(app, "notify", Count, id => Rules.Notify(Rules.At(at), id));
        Print($"created {(at - DateTimeOffset.UtcNow).TotalSeconds:0} s ahead");

        var ordered = await orders.HaveRunAsync();
        var told = await messages.HaveRunAsync();
        PrintLateness("orders of one instant", ordered);
        PrintLateness("messages of the same instant", told);

        ordered.Concat(told).ShouldAllBe(run => run.Status == "fired" && run.Planned == at);
        ordered.Count.ShouldBe(Count);
        told.Count.ShouldBe(Count);
        foreach (var id in messages.Ids)
        {
            await Eventually.IsTrueAsync($"the message of {id}", () => Task.FromResult(messages.MessagesOf(id) > 0));
            messages.MessagesOf(id).ShouldBe(1);
        }
    }
}
