using AutoTrader.Brokers.Alpaca;
using AutoTrader.Brokers.Tests.Alpaca.Server;
using AutoTrader.Core.Ports.Brokerage;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>What the broker makes of an unreliable network: an order is sent once, absent means absent, and no answer is never a
/// no.</summary>
public sealed class FaultRules : WorldTest, IAsyncLifetime
{
    private const string Submit = "POST /v2/orders";
    private AlpacaSetup _alpaca = null!;

    private AlpacaBroker Broker => _alpaca.Broker;

    public async ValueTask InitializeAsync() => _alpaca = await AlpacaSetup.StartAsync(_world);

    public async ValueTask DisposeAsync()
    {
        await _alpaca.DisposeAsync();
        Dispose();
    }

    [Theory]
    [InlineData(FaultKind.LoseAnswer)]
    [InlineData(FaultKind.HalfAnswer)]
    [InlineData(FaultKind.Malformed)]
    internal async Task An_order_whose_answer_was_lost_is_looked_up_and_not_sent_again(FaultKind kind)
    {
        Inject("POST", "/v2/orders", kind);
        (await Broker.SubmitAsync("at-s-1", Buy(10, 90), default)).ClientOrderId.ShouldBe("at-s-1");
        _alpaca.Server.Count(Submit).ShouldBe(1);
        _alpaca.Server.Exchange.Orders.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(408)]
    public async Task An_order_that_met_a_server_error_is_unknown_and_not_sent_again(int status)
    {
        _alpaca.Server.Inject(
            new("POST", "/v2/orders", FaultKind.Respond)
            {
                Status = status,
                Body = """{"code":50010000,"message":"internal server error occurred"}""",
            }
        );
        await NoAnswerAsync(() => Broker.SubmitAsync("at-s-1", Buy(10, 90), default));
        _alpaca.Server.Count(Submit).ShouldBe(1);
        (await Broker.FindAsync("at-s-1", default)).ShouldBeNull();
    }

    [Fact]
    public async Task An_order_that_a_broken_connection_took_along_is_unknown()
    {
        Inject("POST", "/v2/orders", FaultKind.Break);
        await NoAnswerAsync(() => Broker.SubmitAsync("at-s-1", Buy(10, 90), default));
        _alpaca.Server.Exchange.Orders.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task An_order_refused_for_the_rate_is_looked_up_and_sent_again(int? retryAfter)
    {
        _alpaca.Server.Inject(Fault.TooMany("POST", "/v2/orders", retryAfter));
        await Broker.SubmitAsync("at-s-1", Buy(10, 90), default);
        _alpaca
            .Server.Requests.Where(request => !request.EndsWith("/account", StringComparison.Ordinal))
            .ShouldBe([Submit, "GET /v2/orders:by_client_order_id", Submit]);
    }

    [Fact]
    public async Task An_order_that_arrives_after_it_was_told_absent_is_found_then()
    {
        await using var impatient = await AlpacaSetup.StartAsync(_world, ("AutoTrader:Alpaca:RequestTimeout", "00:00:01"));
        impatient.Server.Inject(new("POST", "/v2/orders", FaultKind.Late));
        await NoAnswerAsync(() => impatient.Broker.SubmitAsync("at-s-1", Buy(10, 90), default));
        (await impatient.Broker.FindAsync("at-s-1", default)).ShouldBeNull();
        await impatient.Server.DeliverLateAsync();
        (await impatient.Broker.FindAsync("at-s-1", default)).ShouldNotBeNull();
        (await Should.ThrowAsync<BrokerRefusedException>(() => impatient.Broker.SubmitAsync("at-s-1", Buy(10, 90), default))).Kind.ShouldBe(
            RefusalKind.DuplicateClientOrderId
        );
    }

    [Fact]
    public async Task A_request_without_an_answer_ends_when_its_caller_gives_up()
    {
        using var givesUp = new CancellationTokenSource();
        Inject("GET", "/v2/positions", FaultKind.Silence);
        var reading = Broker.GetPositionsAsync(givesUp.Token);
        await givesUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => reading);
    }

    [Theory]
    [InlineData(FaultKind.Break)]
    [InlineData(FaultKind.LoseAnswer)]
    [InlineData(FaultKind.HalfAnswer)]
    internal async Task A_read_is_tried_again(FaultKind kind)
    {
        Inject("GET", "/v2/positions", kind);
        Inject("GET", "/v2/positions", kind);
        (await Broker.GetPositionsAsync(default)).ShouldBeEmpty();
        _alpaca.Server.Count("GET /v2/positions").ShouldBe(3);
    }

    [Fact]
    public async Task A_read_is_tried_again_after_server_errors_and_too_many_requests()
    {
        _alpaca.Server.Inject(new("GET", "/v2/positions", FaultKind.Respond) { Status = 503 });
        _alpaca.Server.Inject(Fault.TooMany("GET", "/v2/positions"));
        _alpaca.Server.Inject(Fault.TooMany("GET", "/v2/positions", 0));
        (await Broker.GetPositionsAsync(default)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_page_of_HTML_never_says_that_an_order_is_absent(int status)
    {
        _alpaca.Server.Inject(Fault.Html("GET", "/v2/orders", status));
        await NoAnswerAsync(() => Broker.FindAsync("at-s-1", default));
        _alpaca.Server.Inject(Fault.Html("POST", "/v2/orders", status));
        await NoAnswerAsync(() => Broker.SubmitAsync("at-s-1", Buy(10, 90), default));
    }

    [Theory]
    [InlineData("""{"code":40410001,"message":"endpoint not found"}""")]
    [InlineData("""{"message":"Not Found"}""")]
    [InlineData("""{"code":40410000,"mess""")]
    [InlineData("null")]
    public async Task Only_the_documented_code_says_that_an_order_is_absent(string body)
    {
        _alpaca.Server.Inject(new("GET", "/v2/orders", FaultKind.Respond) { Status = 404, Body = body });
        await NoAnswerAsync(() => Broker.FindAsync("at-s-1", default));
    }

    [Fact]
    public async Task Broken_JSON_is_no_answer()
    {
        Inject("GET", "/v2/positions", FaultKind.Malformed);
        await NoAnswerAsync(() => Broker.GetPositionsAsync(default));
    }

    [Fact]
    public async Task A_cancel_without_an_answer_is_not_sent_again_and_is_no_refusal()
    {
        var sent = await Broker.SubmitAsync("at-s-1", Buy(10, 90), default);
        Inject("DELETE", "/v2/orders", FaultKind.LoseAnswer);
        await NoAnswerAsync(async () =>
        {
            await Broker.CancelAsync(sent.Id, default);
            return 0;
        });
        _alpaca.Server.Count("DELETE /v2/orders/" + sent.Id).ShouldBe(1);
    }

    [Fact]
    public async Task A_replacement_whose_answer_was_lost_is_found_by_its_new_id()
    {
        var first = await Broker.SubmitAsync("at-s-1", Buy(10, 90), default);
        Inject("PATCH", "/v2/orders", FaultKind.LoseAnswer);
        (await Broker.ReplaceAsync(first.Id, "at-s-2", Buy(10, 91), default)).Replaces.ShouldBe(first.Id);
    }

    [Fact]
    public async Task A_broker_that_is_down_is_left_alone_for_a_while()
    {
        for (var i = 0; i < 20; i++)
        {
            _alpaca.Server.Inject(new("GET", "/v2/positions", FaultKind.Respond) { Status = 503 });
        }

        for (var i = 0; i < 4; i++)
        {
            await NoAnswerAsync(() => Broker.GetPositionsAsync(default));
        }

        _alpaca.Server.Count("GET /v2/positions").ShouldBeLessThan(16);
    }

    [Fact]
    public async Task No_key_reaches_a_log_or_an_error()
    {
        await using var wrong = await AlpacaSetup.PrepareAsync(
            _world,
            live: false,
            ("AutoTrader:Alpaca:SecretKey", "a-wrong-secret"),
            ("AutoTrader:Alpaca:KeyId", "PKWRONG")
        );
        var failure = await Should.ThrowAsync<InvalidOperationException>(() => wrong.Broker.OpenAsync(default));
        failure.Message.ShouldContain("key");
        var told = failure + string.Join('\n', wrong.Log.Lines);
        told.ShouldNotContain("a-wrong-secret");
        told.ShouldNotContain("PKWRONG");
        _alpaca.Server.Inject(new("GET", "/v2/positions", FaultKind.Respond) { Status = 503 });
        await Broker.GetPositionsAsync(default);
        string.Join('\n', _alpaca.Log.Lines).ShouldNotContain(AlpacaServer.Secret);
        string.Join('\n', _alpaca.Log.Lines).ShouldNotContain(AlpacaServer.Key);
    }

    private void Inject(string method, string path, FaultKind kind) => _alpaca.Server.Inject(new(method, path, kind));

    private static async Task NoAnswerAsync<T>(Func<Task<T>> ask) =>
        (await Should.ThrowAsync<Exception>(ask)).ShouldBeAssignableTo<IOException>();
}
