using System.Net;
using System.Reflection;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>Whoever changes the broker meets an empty account: nothing of the other one is shown, and nothing that was read there works
/// here.</summary>
public sealed class AccountTests
{
    private const string Order = """{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"10"}""";

    [Fact]
    public async Task Ids_tags_and_cursors_of_one_account_are_nothing_in_another()
    {
        var storage = new TestStorage();
        string order,
            command,
            tag,
            cursor,
            events;
        await using (var first = await TestApp.StartAsync(storage, TestApp.Start, _ => { }))
        {
            await first.CreateAsync(Requests.Quiet);
            await first.CreateAsync("""{"id":"secret","symbol":"DUNE","strategy_type":"bracket","entry_price":"5","quantity":1}""");
            await first.PostAsync("strategies/secret/pause", "{}");
            tag = (await first.GetAsync("strategies/quiet")).ETag!;
            cursor = (await first.GetAsync("strategies?limit=1")).Json["next_cursor"]!.GetValue<string>();
            events = (await first.GetAsync("events")).Json["resume_cursor"]!.GetValue<string>();
            order = (await first.PostAsync("orders", Order, ("Idempotency-Key", "k"))).Json["id"]!.GetValue<string>();
            command = (await first.DumpAsync())
                .Split('\n')
                .First(row => row.Contains(" RowKey=command|", StringComparison.Ordinal))
                .Split("RowKey=command|")[1]
                .Split(' ')[0];
            (await first.GetAsync("commands/" + command)).ShouldBe(HttpStatusCode.OK);
        }

        await using var other = await TestApp.StartAsync(storage, TestApp.Start, services =>
            services.AddSingleton(provider => OtherAccount.Of(provider))
        );
        (await other.GetAsync("engine")).Json["account"]!.GetValue<string>().ShouldBe(OtherAccount.Key);
        foreach (var list in new[] { "strategies", "orders?status=all", "trades", "audit", "events", "attention", "strategies.yaml" })
        {
            var shown = (await other.GetAsync(list)).ShouldBe(HttpStatusCode.OK).Text;
            shown.ShouldNotContain("quiet", Case.Sensitive, list);
            shown.ShouldNotContain("secret", Case.Sensitive, list);
            shown.ShouldNotContain(order, Case.Sensitive, list);
        }

        (await other.GetAsync("strategies/quiet")).ShouldBe(HttpStatusCode.NotFound, "STRATEGY_NOT_FOUND");
        (await other.GetAsync("orders/" + order)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await other.GetAsync("commands/" + command)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await other.SendAsync("DELETE", "orders/" + order, null)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await other.SendAsync("DELETE", "strategies/secret", null)).ShouldBe(HttpStatusCode.NotFound, "STRATEGY_NOT_FOUND");

        // A tag is that of one record: one with the same id here has another.
        await other.CreateAsync(Requests.Quiet);
        (await other.SendAsync("PATCH", "strategies/quiet", """{"notes":"x"}""", ("If-Match", tag))).ShouldBe(
            HttpStatusCode.PreconditionFailed,
            "PRECONDITION_FAILED"
        );
        foreach (var path in new[] { "strategies?limit=1&cursor=" + cursor, "events?cursor=" + events })
        {
            var read = await other.GetAsync(path);
            read.Text.ShouldNotContain("secret");
        }
    }

    /// <summary>The paper broker under another account's key.</summary>
    public class OtherAccount : DispatchProxy
    {
        internal const string Key = "alpaca-paper-2";

        private IBroker? _inner;

        internal static IBroker Of(IServiceProvider services)
        {
            var proxy = Create<IBroker, OtherAccount>();
            ((OtherAccount)(object)proxy)._inner = new PaperBroker(
                services.GetRequiredService<IPaperStore>(),
                services.GetRequiredService<IMarketData>(),
                services.GetRequiredService<TimeProvider>(),
                new PaperOptions(),
                NullLogger<PaperBroker>.Instance
            );
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == "get_" + nameof(IBroker.AccountKey) ? Key : targetMethod.Invoke(_inner, args);
    }
}
