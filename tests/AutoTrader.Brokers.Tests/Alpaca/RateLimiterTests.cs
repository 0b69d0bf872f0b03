using System.Globalization;
using System.Net;
using AutoTrader.Brokers.Alpaca;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>The account's rate limit, which processes that know nothing of each other use up together.</summary>
public sealed class RateLimiterTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new(2026, 11, 30, 15, 0, 0, TimeSpan.Zero));
    private readonly RateLimiter _pace;

    public RateLimiterTests() => _pace = new(new AlpacaOptions(), _time);

    [Fact]
    public void An_answer_that_leaves_the_account_no_request_pauses_until_the_limit_is_reset()
    {
        Note(
            HttpStatusCode.OK,
            remaining: "0",
            reset: _time.GetUtcNow().AddSeconds(23).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
        );
        _pace.Pause.ShouldBe(TimeSpan.FromSeconds(23));
        _time.Advance(TimeSpan.FromSeconds(23));
        _pace.Pause.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("1", "1796051000")]
    [InlineData(null, "1796051000")]
    [InlineData("many", "1796051000")]
    public void An_answer_that_leaves_some_or_says_nothing_pauses_nothing(string? remaining, string reset)
    {
        Note(HttpStatusCode.OK, remaining, reset);
        _pace.Pause.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("99999999999999999")]
    [InlineData("soon")]
    [InlineData(null)]
    public void A_reset_that_cannot_be_read_pauses_as_long_as_a_refusal_without_a_time(string? reset)
    {
        Note(HttpStatusCode.OK, "0", reset);
        _pace.Pause.ShouldBe(new AlpacaOptions().RetryDelay);
    }

    [Fact]
    public void A_reset_in_a_distant_future_pauses_a_minute_at_most()
    {
        Note(HttpStatusCode.OK, "0", _time.GetUtcNow().AddDays(1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        _pace.Pause.ShouldBe(TimeSpan.FromMinutes(1));
    }

    public void Dispose() => _pace.Dispose();

    private void Note(HttpStatusCode status, string? remaining, string? reset)
    {
        using var answer = new HttpResponseMessage(status);
        if (remaining is not null)
        {
            answer.Headers.Add("X-RateLimit-Remaining", remaining);
        }

        if (reset is not null)
        {
            answer.Headers.Add("X-RateLimit-Reset", reset);
        }

        _pace.Note(answer);
    }
}
