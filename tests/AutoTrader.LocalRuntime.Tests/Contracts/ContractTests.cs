using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.LocalRuntime.Tests.Contracts;

/// <summary>The app must compile and mean the same against the real packages.</summary>
public sealed class ContractTests
{
    private static readonly Assembly Runtime = typeof(FunctionContext).Assembly;

    public static TheoryData<Type> PublicTypes => [.. Runtime.GetExportedTypes()];

    [Theory]
    [MemberData(nameof(PublicTypes))]
    public void Every_public_type_is_as_it_is_in_the_real_packages(Type type)
    {
        var declared = SignaturePrinter.Print(type);
        var listed = SignatureList.Read()[declared.Name].ToList();
        listed.ShouldNotBeEmpty($"{declared.Name} is public but no type of the real packages");

        var real = listed.FirstOrDefault(one => one.Header == declared.Header);
        real.ShouldNotBeNull($"declared: {declared.Header}\nlisted:   {string.Join("\n          ", listed.Select(one => one.Header))}");
        declared.Interfaces.ShouldBe(real.Interfaces);

        var members = listed.SelectMany(one => one.Members).ToList();
        declared.Members.Select(member => member.Text).Except(members.Select(member => member.Text)).ShouldBeEmpty($"members of {declared.Name} that are not listed so");
        foreach (var overloads in declared.Members.GroupBy(member => member.Name))
            members.Where(member => member.Name == overloads.Key).Select(member => member.Text).Except(overloads.Select(member => member.Text)).ShouldBeEmpty($"overloads of {declared.Name}.{overloads.Key} that are missing");
    }

    [Fact]
    public void The_list_is_read_whole()
    {
        var listed = SignatureList.Read();
        listed.Count.ShouldBeGreaterThan(150);
        listed["Microsoft.DurableTask.TaskOrchestrationContext"].Single().Members.Count(member => member.Name == "CallActivityAsync").ShouldBe(4);
        listed["Microsoft.DurableTask.RetryPolicy"].Single().Members.Count(member => member.Name == ".ctor").ShouldBe(1);
        listed["Microsoft.Azure.Functions.Worker.Builder.FunctionsApplicationBuilder"].Single().Interfaces.Count.ShouldBe(2);
        listed["Microsoft.DurableTask.AsyncRetryHandler"].Single().Header.ShouldContain("RetryContext retryContext");
    }

    [Fact]
    public void What_an_app_could_not_have_elsewhere_is_not_public() =>
        Runtime.GetExportedTypes().Where(type => type.Namespace!.StartsWith("AutoTrader", StringComparison.Ordinal)).ShouldBeEmpty();
}
