using System.Reflection;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Tests.Orders;

/// <summary>The words of enums, as the API, files and storage have them.</summary>
public sealed class WireNameTests
{
    private static readonly MethodInfo Check = typeof(WireNameTests).GetMethod(
        nameof(CheckAll),
        BindingFlags.NonPublic | BindingFlags.Static
    )!;

    public static TheoryData<Type> Enums =>
        [.. typeof(WireNames).Assembly.GetTypes().Where(type => type is { IsEnum: true, IsPublic: true })];

    [Theory]
    [MemberData(nameof(Enums))]
    public void Every_value_has_a_word_that_means_it(Type type) => Check.MakeGenericMethod(type).Invoke(null, null);

    [Fact]
    public void Words_are_in_snake_case_and_in_the_order_of_their_values()
    {
        WireNames.Of(OrderType.TrailingStop).ShouldBe("trailing_stop");
        WireNames.All<OrderType>().ShouldBe(["market", "limit", "stop", "stop_limit", "trailing_stop"]);
        WireNames.Parse<OrderType>("stop_limit").ShouldBe(OrderType.StopLimit);
        WireNames.Parse<OrderType>("StopLimit").ShouldBeNull();
        WireNames.Parse<OrderType>(null).ShouldBeNull();
        WireNames.Of((OrderType)99).ShouldBe("99");
    }

    private static void CheckAll<T>()
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            WireNames.Parse<T>(WireNames.Of(value)).ShouldBe(value);
        }

        WireNames.All<T>().ShouldBe(Enum.GetValues<T>().Select(WireNames.Of));
    }
}
