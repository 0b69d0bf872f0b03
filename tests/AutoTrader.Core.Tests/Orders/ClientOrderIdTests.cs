using AutoTrader.Core.Orders;
using CsCheck;

namespace AutoTrader.Core.Tests.Orders;

/// <summary>docs/trading-rules.md, "Client order ids": ids that no other order ever has.</summary>
public sealed class ClientOrderIdTests
{
    [Fact]
    public void A_strategys_order_is_named_by_strategy_arm_and_sequence() =>
        ClientOrderIds.ForStrategy("dip-1", "abcd2345", 12).ShouldBe("at-dip-1-abcd2345-12");

    [Theory]
    [InlineData("at-s1-abcdefgh-12", "s1", "abcdefgh", 12)]
    [InlineData("at-my-dip-2-abcdefgh-1", "my-dip-2", "abcdefgh", 1)]
    public void An_id_tells_whose_order_it_is(string id, string strategy, string arm, int sequence) =>
        ClientOrderIds.OfStrategy(id).ShouldBe((strategy, arm, sequence));

    [Theory]
    [InlineData("someone-else")]
    [InlineData("at-s1-abcdefgh")]
    [InlineData("at-s1-abcdefgh-999999999")]
    [InlineData("at-m-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Other_ids_are_no_strategys(string id) => ClientOrderIds.OfStrategy(id).ShouldBeNull();

    [Fact]
    public void The_longest_id_of_a_strategys_order_fits_the_brokers_limit() =>
        ClientOrderIds.ForStrategy(new('x', 32), ClientOrderIds.NewArm(), int.MaxValue).Length.ShouldBeLessThanOrEqualTo(64);

    [Fact]
    public void An_arm_is_eight_characters_of_base32_and_each_is_new()
    {
        var arms = Enumerable.Range(0, 1000).Select(_ => ClientOrderIds.NewArm()).ToList();
        arms.ShouldAllBe(arm => arm.Length == 8 && arm.All(letter => "abcdefghijklmnopqrstuvwxyz234567".Contains(letter)));
        arms.Distinct().Count().ShouldBe(1000);
    }

    [Fact]
    public void The_next_arm_follows_from_the_last_so_that_arming_twice_is_arming_once()
    {
        var next = ClientOrderIds.NextArm("s1", Given.Arm);
        next.ShouldBe(ClientOrderIds.NextArm("s1", Given.Arm));
        next.Length.ShouldBe(8);
        next.ShouldNotBe(Given.Arm);
        next.ShouldNotBe(ClientOrderIds.NextArm("s2", Given.Arm));
        ClientOrderIds.NextArm("s1", next).ShouldNotBe(Given.Arm);
    }

    [Fact]
    public void A_chain_of_arms_does_not_return()
    {
        var seen = new HashSet<string>();
        for (var (i, arm) = (0, Given.Arm); i < 10_000; i++, arm = ClientOrderIds.NextArm("s1", arm))
        {
            seen.Add(arm).ShouldBeTrue();
        }
    }

    [Fact]
    public void A_manual_id_is_base32_of_sha256_over_caller_and_key() =>
        // echo -en 'alice\nk1' | sha256sum | xxd -r -p | base32 | tr A-Z a-z
        ClientOrderIds.ForManual("alice", "k1").ShouldBe("at-m-bcdem3cozlwlvbn3gt474ypz5bdqbxjsffhpmcqeyc6ik5xzjgda");

    [Fact]
    public void A_manual_id_depends_on_caller_and_key_alone() =>
        Gen.Select(Gen.String, Gen.String)
            .Sample(
                (caller, key) =>
                {
                    var id = ClientOrderIds.ForManual(caller, key);
                    id.ShouldBe(ClientOrderIds.ForManual(caller, key));
                    id.Length.ShouldBeLessThanOrEqualTo(64);
                    id.ShouldAllBe(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');
                    id.ShouldNotBe(ClientOrderIds.ForManual(caller, key + "x"));
                    id.ShouldNotBe(ClientOrderIds.ForManual(caller + "x", key));
                }
            );
}
